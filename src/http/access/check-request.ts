/** Holds each request that the framework has to what its route needs, before anything of its body is read. */

import type { FastifyRequest } from 'fastify';
import { asksForPage } from '../wire/representations.ts';
import type { Access } from './access.ts';
import { askingOf } from './asking.ts';
import { needOf } from './scopes.ts';

/** @throws Error if nobody said what this route needs: then it would be open to everybody */
export function requireNeed(method: string, route: string): void {
  if (needOf(method, route) === undefined)
    throw new Error(`${method} ${route} has no scope: http/access/scopes.ts says who may use a route`);
}

/** @throws LogError */
export function checkAccess(access: Access, request: FastifyRequest): void {
  const { url: route } = request.routeOptions;
  // There is no such route, and that is what is answered.
  if (route === undefined) return;
  const need = needOf(request.method, route);
  if (need === undefined) throw new Error(`${request.method} ${route} has no scope`);
  if (need !== 'page') access.check(askingOf(request.raw), need);
  else if (!asksForPage(request.headers)) access.check(askingOf(request.raw), 'read');
}
