/**
 * What lies below HTTP: plain connections, or TLS, or, while a running cluster takes TLS up, either on one port.
 *
 * In the last case the first byte of a connection tells which it is, as no request begins like a handshake. What was read
 * for that goes back, and the connection is handed on before anything else of it is read.
 */

import { createServer as createHttpServer } from 'node:http';
import type { RequestListener, Server, ServerOptions } from 'node:http';
import { createServer as createHttpsServer, Server as HttpsServer } from 'node:https';
import { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { LogError } from '../../api/problems.ts';
import { tlsVersionMin } from '../../trust/tls-material.ts';
import type { TlsMaterial } from '../../trust/tls-material.ts';
import { handshakeByte, writeRefusal } from './wire-refusal.ts';

/** How long a handshake may take, or the first byte that tells whether there is one. */
const handshakeMsMax = 10_000;

export interface ServerTls {
  readonly material: Pick<TlsMaterial, 'pem' | 'onRenewed'>;
  /** Whether who asks needs a certificate from an authority that is trusted here. */
  readonly isMutual: boolean;
  /** Whether who asks without TLS, or without a certificate, is served, too. */
  readonly acceptsInsecure: boolean;
  /** Told of each handshake that failed. */
  readonly refused: (facts: { readonly address: string | undefined; readonly code: string; readonly reason: string }) => void;
}

/** @param tls - `undefined`: plain HTTP */
export function createTransport(options: ServerOptions, tls: ServerTls | undefined, handle: RequestListener): Server {
  if (tls === undefined) return createHttpServer(options, handle);
  const { isMutual, acceptsInsecure, material } = tls;
  const context = (): object => {
    const { cert, key, ca } = material.pem;
    return { cert, key, ...(isMutual && { ca }), minVersion: tlsVersionMin };
  };
  const server = createHttpsServer(
    {
      ...options,
      ...context(),
      requestCert: isMutual,
      rejectUnauthorized: isMutual && !acceptsInsecure,
      handshakeTimeout: handshakeMsMax,
    },
    handle,
  );
  // As it is without TLS; but not during the handshake: who goes away then would be waited for.
  server.prependListener('connection', (socket: Socket) => (socket.allowHalfOpen = false));
  server.on('secureConnection', (socket) => (socket.allowHalfOpen = true));
  material.onRenewed(() => server.setSecureContext(context()));
  // Node would have such a connection answered like one on which there was a bad request.
  server.removeAllListeners('tlsClientError');
  server.on('tlsClientError', (error: TlsError, socket) => refuse(error, socket, tls));
  if (acceptsInsecure) takePlainToo(server);
  return server;
}

/** The event with which a connection comes to HTTP: after the handshake, where there is one. It may be emitted, too. */
export function connectionEvent(server: Server): 'connection' | 'secureConnection' {
  return server instanceof HttpsServer ? 'secureConnection' : 'connection';
}

/** Node's own mark of the connection below, in no document. */
const belowMark = '_parent';

interface LaidOver extends Socket {
  readonly [belowMark]?: Socket | null;
}

/** The connection of the system below those that were laid over it. */
export function lowestSocket(socket: Socket): Socket {
  let lowest: LaidOver = socket;
  while (lowest[belowMark] instanceof Socket) lowest = lowest[belowMark];
  return lowest;
}

/** Node closes the connection of who shows a certificate that is not trusted, and calls that a reset. */
function isRefusal({ authorizationError }: TLSSocket): boolean {
  return typeof authorizationError === 'string';
}

interface TlsError extends NodeJS.ErrnoException {
  /** As OpenSSL calls it. */
  readonly reason?: string;
}

function refuse(error: TlsError, socket: TLSSocket, { refused }: ServerTls): void {
  const { code = 'unknown', reason = error.message } = error;
  const raw = lowestSocket(socket);
  const { remoteAddress: address } = raw;
  // Who only looked whether somebody is there is none to tell of.
  if (code.startsWith('ERR_')) refused({ address, code, reason });
  else if (isRefusal(socket)) refused({ address, code: String(socket.authorizationError), reason: 'its certificate is not trusted here' });
  if (code === 'ERR_SSL_HTTP_REQUEST' && raw.writable) {
    writeRefusal(raw, new LogError('bad-request', 'this port speaks TLS: ask it with https://'));
    return;
  }
  socket.destroy();
}

function takePlainToo(server: HttpsServer): void {
  const shakeHands = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    firstByteOf(socket, (byte) => {
      if (byte !== handshakeByte) server.emit('secureConnection', socket);
      else for (const each of shakeHands) each.call(server, socket);
    });
  });
}

/** Calls it before anything else of the connection is read; never, if nothing comes. */
function firstByteOf(socket: Socket, told: (byte: number | undefined) => void): void {
  const end = (): void => void socket.destroy();
  const look = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) {
      // The end, or nothing yet.
      socket.once('readable', look);
      return;
    }
    clearTimeout(timer);
    socket.off('error', end).off('end', end);
    socket.unshift(chunk);
    told(chunk[0]);
  };
  const timer = setTimeout(end, handshakeMsMax);
  socket.once('close', () => clearTimeout(timer));
  socket.on('error', end).on('end', end);
  socket.once('readable', look);
}
