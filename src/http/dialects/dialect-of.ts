/** Decides in which dialect a request is answered. */

import type { FastifyRequest } from 'fastify';
import type { Dialect } from './list-format.ts';
import { dialects } from './dialects.ts';
import { envelope } from './envelope.ts';
import { native } from './native.ts';
import { LogError } from '../../api/problems.ts';
import { addPath } from '../../api/paths.ts';
import { dialectHeader, forwardedHeader } from '../../api/headers.ts';

/** Another node forwarded this request. */
function isForwarded(request: FastifyRequest): boolean {
  return request.headers[forwardedHeader] !== undefined;
}

/**
 * The dialect that the request names, or else the node's own. A forwarded request is answered natively, and the node
 * that forwarded it converts the answer; `/add` always has the same dialect.
 */
export function dialectOf(node: { readonly dialect: Dialect }, request: FastifyRequest): Dialect {
  if (isForwarded(request)) return native;
  if (request.routeOptions.url === addPath) return envelope;
  return askedDialect(request) ?? node.dialect;
}

/**
 * Checks the header before anything is done for the request, so that a refusal means that nothing was stored.
 * @throws LogError
 */
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
