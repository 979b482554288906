/** How an event is written, and how an event stream is opened. event-body.ts then sends the events. */

import { once } from 'node:events';
import type { OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LogError } from '../../api/problems.ts';
import { problemOf } from './problem.ts';
import { eventHeaders } from './representations.ts';

/** Bounds of the random time after which a client should reconnect, so that not all of them do so at once. */
const retryMsMin = 500;
const retryMsMax = 3000;

/** A comment, sent while there is nothing else to send. */
export const heartbeat = Buffer.from(':\n\n');

/** @param data - one line */
export function eventText(name: string, data: string): string {
  return `event: ${name}\ndata: ${data}\n\n`;
}

/** The last event of a stream. It has no id, so a client that reconnects continues after the last entry. */
export function lastEvent(failure: LogError, path: string): string {
  return eventText('end', JSON.stringify(problemOf(failure, path)));
}

export function drawRetryMs(): number {
  return Math.round(retryMsMin + Math.random() * (retryMsMax - retryMsMin));
}

export function retryField(ms: number): string {
  return `retry: ${ms}\n\n`;
}

/**
 * Answers a request with an event stream. The body ends with the connection, without chunked encoding: so the bytes of
 * an event are the same for all clients and go to each socket unchanged.
 * @param headers - besides those that every stream has
 * @returns the socket to write to; `undefined` if only the headers were requested, or the client has gone
 */
export async function openEventStream(
  request: FastifyRequest,
  reply: FastifyReply,
  headers: OutgoingHttpHeaders = {},
): Promise<Socket | undefined> {
  if (request.method === 'HEAD') {
    void reply.headers({ ...headers, ...eventHeaders }).send(Readable.from([]));
    return undefined;
  }
  void reply.hijack();
  const response = reply.raw;
  // Without a length and without chunked encoding, the body ends with the connection.
  response.removeHeader('transfer-encoding');
  response.writeHead(200, { ...headers, ...eventHeaders, connection: 'close' });
  response.write(retryField(drawRetryMs()));
  // A pipelined request has no socket until the answers before it are sent.
  if (response.socket === null) await Promise.race([once(response, 'socket'), once(response, 'close')]);
  return response.socket === null || response.socket.destroyed ? undefined : response.socket;
}
