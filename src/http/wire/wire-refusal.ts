/** Answers what the HTTP parser rejects. There is no request then that Fastify could answer. */

import { maxHeaderSize } from 'node:http';
import type { Duplex } from 'node:stream';
import { LogError } from '../../api/problems.ts';
import { asLogError } from './problem.ts';
import { problemOnWire } from './problem-response.ts';

/** The first byte of a TLS handshake (RFC 8446, section 5.1); no request begins with it. */
export const handshakeByte = 0x16;
/** How long a client that did not send HTTP may take to read the answer. */
const refusalMs = 1000;

interface ParserError extends Error {
  readonly code?: string | undefined;
  /** The bytes that it was parsing. */
  readonly rawPacket?: unknown;
}

/** Answers and closes the connection. */
export function refuseOnWire(error: ParserError, socket: Duplex & { readonly bytesRead?: number }): void {
  // Text would mean nothing to a client that speaks TLS.
  if (Buffer.isBuffer(error.rawPacket) && error.rawPacket[0] === handshakeByte) return endWith(socket, '');
  const { code, detail } = failureOf(error, socket.bytesRead);
  writeRefusal(socket, new LogError(code, detail));
}

/**
 * Answers and closes the connection.
 * @param headers - further header lines, with their line ends
 */
export function writeRefusal(socket: Duplex, refusal: LogError, headers = ''): void {
  endWith(socket, problemOnWire(refusal, '/', headers));
}

function endWith(socket: Duplex, text: string): void {
  socket.end(text);
  // A client that keeps its side open is disconnected.
  setTimeout(() => socket.destroy(), refusalMs).unref();
}

function failureOf(error: ParserError, bytesRead: number | undefined): { readonly code: LogError['code']; readonly detail: string } {
  const { rawPacket } = error;
  // The URL and the headers share one limit. If the first line takes most of it, the URL is too long.
  const isFirst = Buffer.isBuffer(rawPacket) && rawPacket.length === bytesRead;
  if (error.code === 'HPE_HEADER_OVERFLOW' && isFirst && !rawPacket.subarray(0, maxHeaderSize / 2).includes('\r\n')) {
    return { code: 'uri-too-long', detail: 'the URL of the request is too long' };
  }
  const { code, message } = asLogError(error);
  return code === 'bad-request' ? { code, detail: `not HTTP: ${message}` } : { code, detail: message };
}
