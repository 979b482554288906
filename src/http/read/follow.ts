/** `GET /messages` with `Accept: text/event-stream`: the log from some place on, and then new entries as they come. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { heartbeatHeader } from '../../api/headers.ts';
import { askingOf } from '../access/asking.ts';
import { openEventStream } from '../wire/event-stream.ts';
import type { ReadingNode } from './reading-node.ts';
import { Listener } from './listener.ts';
import { logHeaders } from './log-mark.ts';
import { proveLater, provePlace } from './place-proof.ts';
import { readEnd } from './read-level.ts';
import { followQuery } from './read-query.ts';
import { startOf } from './trimmed.ts';

export async function followMessages(node: ReadingNode, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { place, level, timeoutMs } = followQuery(request);
  // For a linearizable read, this waits until what was committed before the request can be sent at once.
  await readEnd(node, level, timeoutMs);
  const unconfirmed = await provePlace(node, place, level);
  const next = startOf(node, place);
  node.liveTail.limit.admit();
  const headers = { ...logHeaders(node.driver), [heartbeatHeader]: String(node.liveTail.heartbeatMs) };
  const socket = await openEventStream(request, reply, headers);
  if (socket === undefined) return reply;
  const path = request.url.split('?')[0] ?? '/';
  const listener = new Listener(socket, { path, next, unconfirmed });
  socket.once('close', node.liveTail.listen(listener, level));
  socket.once(
    'close',
    node.access.hold(askingOf(request.raw), 'read', (why) => listener.end(why)),
  );
  if (unconfirmed !== undefined) void proveLater(node, listener, level);
  return reply;
}
