/** Sockets for lanes: connected in advance, without delay of small writes, read into a buffer that is reused. */

import { connect } from 'node:net';
import type { Socket } from 'node:net';

const readBytes = 64 * 1024;

/** @param onClosed - called once when the socket ends or fails, or is destroyed */
export function openSocket(
  port: number,
  { onData, onClosed }: { readonly onData: (chunk: Buffer) => void; readonly onClosed: (why: string) => void },
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: {
      buffer: Buffer.allocUnsafe(readBytes),
      callback: (length, buffer) => {
        try {
          onData(Buffer.from(buffer.buffer, buffer.byteOffset, length));
        } catch (error) {
          socket.destroy(error instanceof Error ? error : new Error(String(error)));
        }
        return true;
      },
    },
  });
  let why = 'the connection was closed';
  socket.once('connect', () => resolve(socket));
  socket.on('error', (error) => {
    why = error.message;
    reject(error);
  });
  socket.once('end', () => socket.destroy());
  socket.once('close', () => onClosed(why));
  return promise;
}
