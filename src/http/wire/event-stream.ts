/** Event streams: how an event is written, and how a stream of them is opened. What goes out on it is of event-body.ts. */

import { once } from 'node:events';
import type { OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LogError } from '../../api/problems.ts';
import { problemOf } from './problem.ts';
import { eventHeaders } from './representations.ts';

/** When to come again, drawn for each: all of them at once would be a crowd. */
const retryMsMin = 500;
const retryMsMax = 3000;

/** A comment, for who would hear nothing else. */
export const heartbeat = Buffer.from(':\n\n');

/** @param data - in one line */
export function eventText(name: string, data: string): string {
  return `event: ${name}\ndata: ${data}\n\n`;
}

/** It has no id: who comes again goes on behind the last entry. */
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
 * Answers that a stream begins. Its body ends with its connection, without chunks: the bytes of an event are then the same
 * for everybody, and go to the socket as they are.
 * @param headers - beside those of every stream
 * @returns where the body goes; `undefined` if there is none: only the headers were asked for, or the asker is gone
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
  // Without a length and without chunks the body ends with the connection.
  response.removeHeader('transfer-encoding');
  response.writeHead(200, { ...headers, ...eventHeaders, connection: 'close' });
  response.write(retryField(drawRetryMs()));
  // Behind another request on its connection it waits for its turn.
  if (response.socket === null) await Promise.race([once(response, 'socket'), once(response, 'close')]);
  return response.socket === null || response.socket.destroyed ? undefined : response.socket;
}
