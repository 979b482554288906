/** What the parser of HTTP does not take, answered in our words: by then there is no request that the framework could answer. */

import { maxHeaderSize } from 'node:http';
import type { Duplex } from 'node:stream';
import { LogError } from '../../api/problems.ts';
import { asLogError } from './problem.ts';
import { problemOnWire } from './problem-response.ts';

/** How long who sent no HTTP may take to hear of it. */
const refusalMs = 1000;

interface ParserError extends Error {
  readonly code?: string | undefined;
  /** What it was looking at. */
  readonly rawPacket?: unknown;
}

/** Ends the connection. */
export function refuseOnWire(error: ParserError, socket: Duplex & { readonly bytesRead?: number }): void {
  const { code, detail } = failureOf(error, socket.bytesRead);
  writeRefusal(socket, new LogError(code, detail));
}

/** Ends the connection. @param headers - of the answer, lines with their ends */
export function writeRefusal(socket: Duplex, refusal: LogError, headers = ''): void {
  socket.end(problemOnWire(refusal, '/', headers));
  // Whoever keeps its side open is not waited for.
  setTimeout(() => socket.destroy(), refusalMs).unref();
}

function failureOf(error: ParserError, bytesRead: number | undefined): { readonly code: LogError['code']; readonly detail: string } {
  const { rawPacket } = error;
  // The URL and the headers have one limit: it was the URL where the first line takes most of it.
  const isFirst = Buffer.isBuffer(rawPacket) && rawPacket.length === bytesRead;
  if (error.code === 'HPE_HEADER_OVERFLOW' && isFirst && !rawPacket.subarray(0, maxHeaderSize / 2).includes('\r\n')) {
    return { code: 'uri-too-long', detail: 'the URL of the request is too long' };
  }
  const { code, message } = asLogError(error);
  return code === 'bad-request' ? { code, detail: `not HTTP: ${message}` } : { code, detail: message };
}
