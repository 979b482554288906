/** `GET /messages` with `Accept: text/event-stream`: the log from a place on, and then whatever comes. */

import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { eventsType } from './dialects/dialect.ts';
import { checkPlace, startingPlace } from './event-id.ts';
import type { HttpNode } from './http-node.ts';
import { Listener } from './listener.ts';
import { readChoice, readQuery } from './query.ts';
import { readLevels, visibleEnd } from './read-level.ts';

/** When to come again, drawn for each: all of them at once would be a crowd. */
const retryMsMin = 500;
const retryMsMax = 3000;

export async function followMessages(node: HttpNode, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const query = readQuery(request.query, ['from', 'read']);
  const level = readChoice('read', query.read ?? 'committed', readLevels);
  const place = startingPlace(request, query.from);
  // What was committed before it asked is among what it hears, and not a little later.
  if (level === 'linearizable') await visibleEnd(node, level);
  const unproven = checkPlace(node.driver, place);
  node.liveTail.admit();
  void reply.hijack();
  const socket = await openBody(reply.raw);
  if (socket === undefined || socket.destroyed) return reply;
  const path = request.url.split('?')[0] ?? '/';
  const listener = new Listener(socket, { path, next: place.start, unproven });
  socket.once('close', node.liveTail.listen(listener, level));
  return reply;
}

/** @returns where the body goes; `undefined` if the asker is gone */
async function openBody(response: ServerResponse): Promise<Socket | undefined> {
  // Without a length and without chunks the body ends with the connection.
  response.removeHeader('transfer-encoding');
  response.writeHead(200, {
    'content-type': eventsType,
    'cache-control': 'no-store',
    connection: 'close',
    'x-accel-buffering': 'no',
  });
  const retryMs = Math.round(retryMsMin + Math.random() * (retryMsMax - retryMsMin));
  response.write(`retry: ${retryMs}\n\n`);
  // Behind another request on its connection it waits for its turn.
  if (response.socket === null) await Promise.race([once(response, 'socket'), once(response, 'close')]);
  return response.socket ?? undefined;
}
