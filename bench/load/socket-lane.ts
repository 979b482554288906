/** Sockets for lanes: connected in advance, without delay of small writes, read into a buffer that is reused. */

import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';

const readBytes = 64 * 1024;

interface SocketUser {
  readonly onData: (chunk: Buffer) => void;
  /** Called once when the socket ends or fails, or is destroyed. */
  readonly onClosed: (why: string) => void;
}

export function openSocket(port: number, { onData, onClosed }: SocketUser): Promise<Socket> {
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
  return opened(socket, 'connect', onClosed);
}

/** The same with TLS, at a server whose certificate this authority signed. */
export function secureSocketOpener(ca: string): typeof openSocket {
  return (port, { onData, onClosed }) => {
    const socket = connectSecurely({ port, host: '127.0.0.1', ca });
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      try {
        onData(chunk);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    });
    return opened(socket, 'secureConnect', onClosed);
  };
}

function opened(socket: Socket, event: 'connect' | 'secureConnect', onClosed: SocketUser['onClosed']): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  let why = 'the connection was closed';
  socket.once(event, () => resolve(socket));
  socket.on('error', (error) => {
    why = error.message;
    reject(error);
  });
  socket.once('end', () => socket.destroy());
  socket.once('close', () => onClosed(why));
  return promise;
}
