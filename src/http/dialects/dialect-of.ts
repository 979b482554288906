/** In which shape a request is answered. */

import type { FastifyRequest } from 'fastify';
import type { Dialect } from './list-format.ts';
import { dialects } from './dialects.ts';
import { envelope } from './envelope.ts';
import { native } from './native.ts';
import { LogError } from '../../api/problems.ts';
import { addPath } from '../../api/paths.ts';
import { dialectHeader, forwardedHeader } from '../../api/headers.ts';

/** Another node passed this request on. */
function isForwarded(request: FastifyRequest): boolean {
  return request.headers[forwardedHeader] !== undefined;
}

/**
 * The one that the request names, or else the node's own. What a node passes on is answered natively, and that node
 * gives it its own shape; `/add` has one shape only.
 */
export function dialectOf(node: { readonly dialect: Dialect }, request: FastifyRequest): Dialect {
  if (isForwarded(request)) return native;
  if (request.routeOptions.url === addPath) return envelope;
  return askedDialect(request) ?? node.dialect;
}

/** Before anything is done for the request: what is refused was not stored. @throws LogError */
export function checkDialect(request: FastifyRequest): void {
  const asked = request.headers[dialectHeader];
  if (asked === undefined || askedDialect(request) !== undefined) return;
  const known = Object.keys(dialects).join(', ');
  throw new LogError('bad-request', `the header ${dialectHeader} must be one of ${known}, not "${String(asked)}"`, {
    field: dialectHeader,
  });
}

function askedDialect(request: FastifyRequest): Dialect | undefined {
  return Object.values(dialects).find(({ name }) => name === request.headers[dialectHeader]);
}
