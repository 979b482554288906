/**
 * What each route asks of who asks. A server has no route that is not in this table: it would not start. A request that is passed
 * on to another node (`/nodes/:id/…`) needs what that node asks for the same, and is judged there once more.
 */

import type { Scope } from '../../trust/caller.ts';

/**
 * `open`: nothing. `status`: nothing, but without a token there is the status alone. `page`: nothing for the page, `read` for the
 * messages. `token`: any token. `metrics`: the same, unless METRICS_OPEN.
 */
export type Need = 'open' | 'status' | 'page' | 'token' | 'metrics' | Scope;

/** By method and route, as Fastify names it. */
export const needs = {
  'GET /': 'page',
  'GET /assets/:name': 'open',
  'GET /openapi.json': 'open',
  'GET /health': 'status',
  'GET /ready': 'status',
  'GET /metrics': 'metrics',
  'GET /leader': 'token',
  'GET /nodes': 'token',
  'GET /nodes/:id/health': 'token',
  'GET /nodes/:id/ready': 'token',
  'GET /secondaries': 'token',
  'GET /retention': 'token',
  'GET /nodes/:id/retention': 'token',

  'GET /messages': 'read',
  'GET /messages/:offset': 'read',
  'GET /activity': 'read',
  'GET /activities': 'read',
  'GET /history': 'read',
  'GET /nodes/:id/messages': 'read',
  'GET /nodes/:id/messages/:offset': 'read',
  'GET /nodes/:id/activity': 'read',
  'GET /nodes/:id/history': 'read',

  'POST /messages': 'append',
  'POST /': 'append',
  'POST /add': 'append',
  'POST /nodes/:id/messages': 'append',
  // With a URL it registers a node, and asks for `admin` when that is seen.
  'POST /replicate': 'append',

  'POST /secondaries': 'admin',
  'POST /register': 'admin',
  'DELETE /secondaries/:id': 'admin',
  'POST /promote': 'admin',
  'DELETE /messages': 'admin',
  'PUT /retention': 'admin',
  // All of the log at once, with what it remembers of appends.
  'GET /backup': 'admin',

  // Without an upgrade it only says what it is for; the stream itself is for nodes.
  'GET /replicate': 'open',
} as const satisfies Readonly<Record<string, Need>>;

/** Like `GET /messages`. */
export type Route = keyof typeof needs;

/** @returns `undefined` if nobody said what it needs */
export function needOf(method: string, route: string): Need | undefined {
  const name = `${method === 'HEAD' ? 'GET' : method} ${route}`;
  return Object.hasOwn(needs, name) ? needs[name as Route] : undefined;
}
