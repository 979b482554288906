/** `GET /messages` with `Accept: text/event-stream`: the log from a place on, and then whatever comes. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { openEventStream } from '../wire/event-stream.ts';
import { startingPlace } from './resume-point.ts';
import type { ReadingNode } from './reading-node.ts';
import { Listener } from './listener.ts';
import { logHeaders } from './log-mark.ts';
import { proveLater, provePlace } from './place-proof.ts';
import { readChoice, readQuery } from '../wire/query.ts';
import { readLevels, visibleEnd } from './read-level.ts';

export async function followMessages(node: ReadingNode, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const query = readQuery(request.query, ['from', 'lastEventId', 'read', 'timeoutMs']);
  const level = readChoice('read', query.read ?? 'committed', readLevels);
  const place = startingPlace(request, query);
  // What was committed before it asked is among what it hears, and not a little later.
  await visibleEnd(node, level, query.timeoutMs);
  const unproven = await provePlace(node, place, level);
  node.liveTail.limit.admit();
  const socket = await openEventStream(request, reply, logHeaders(node.driver));
  if (socket === undefined) return reply;
  const path = request.url.split('?')[0] ?? '/';
  const listener = new Listener(socket, { path, next: place.start, unproven });
  socket.once('close', node.liveTail.listen(listener, level));
  if (unproven !== undefined) void proveLater(node, listener, level);
  return reply;
}
