/** Operations on other nodes through this one, for the OpenAPI document: each answer is that node's own. */

import type { FastifySchema } from 'fastify';
import { Type } from 'typebox';
import { json, problemsOf } from './responses.ts';
import { NodeList } from './schemas.ts';

/** @param answered - the same operation of a node */
function passedOn(summary: string, answered: FastifySchema): FastifySchema {
  return {
    ...answered,
    summary,
    tags: ['nodes'],
    params: Type.Object({ id: Type.String({ description: 'Name of a node, as in `GET /nodes`.' }), ...offsetParam(answered) }),
    response: mergedResponses(answered.response as Record<number, Answer>, problemsOf(['forward-failed', 'node-unreachable', 'not-found'])),
  };
}

interface Answer {
  readonly description: string;
  readonly content?: object;
}

function offsetParam({ params }: FastifySchema): Record<string, ReturnType<typeof Type.Integer>> {
  return params === undefined ? {} : { offset: Type.Integer({ minimum: 0 }) };
}

/** Where both have a status, the description lists the problems of both. */
function mergedResponses(of: Readonly<Record<number, Answer>>, more: Readonly<Record<number, object>>): Record<number, object> {
  const merged: Record<number, object> = { ...of };
  for (const [status, answer] of Object.entries(more) as unknown as [number, Answer][]) {
    const known = of[status];
    merged[status] = known === undefined ? answer : { ...known, description: `${known.description}; ${answer.description}` };
  }
  return merged;
}

/** @param own - the operations of a node that are proxied */
export function nodesOperations(own: {
  readonly health: FastifySchema;
  readonly ready: FastifySchema;
  readonly readRetention: FastifySchema;
  readonly read: FastifySchema;
  readonly readOne: FastifySchema;
  readonly append: FastifySchema;
}) {
  const events = {
    200: { description: 'Events, until the connection closes', content: { 'text/event-stream': { schema: Type.String() } } },
  };
  return {
    'GET /nodes': {
      summary: 'The nodes that can be reached through this one: itself and the members that it knows',
      tags: ['nodes'],
      response: { 200: json('In the order of the member list', NodeList), ...problemsOf([]) },
    },
    'GET /activities': {
      summary: 'The activity of all nodes, in one event stream',
      description:
        'Events: `nodes` (as `GET /nodes`: first, and when the list changes), `frame` and `sample` (from the `/activity` of a node), `gone` (why that cannot be read now; with `isSilent` if the node takes connections and sends nothing, as a paused process does), `beat` (every second). A client that reads too slowly misses frames and samples, but still gets the latest health of each node.',
      tags: ['nodes'],
      response: { ...events, ...problemsOf(['too-many-listeners']) },
    },
    'GET /nodes/:id/health': passedOn('`GET /health` of that node', own.health),
    'GET /nodes/:id/ready': passedOn('`GET /ready` of that node', own.ready),
    'GET /nodes/:id/retention': passedOn('`GET /retention` of that node', own.readRetention),
    'GET /nodes/:id/messages': passedOn('`GET /messages` of that node, streams too', own.read),
    'GET /nodes/:id/messages/:offset': passedOn('`GET /messages/:offset` of that node', own.readOne),
    'POST /nodes/:id/messages': passedOn('`POST /messages` at that node', own.append),
    'GET /nodes/:id/activity': passedOn('`GET /activity` of that node', { response: events }),
    'GET /nodes/:id/history': passedOn('`GET /history` of that node', {
      response: { 200: json('The history of that node', Type.Object({})) },
    }),
  } as const satisfies Readonly<Record<string, FastifySchema>>;
}
