/** What every route works with. */

import type { FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import type { Driver } from '../driver.ts';
import type { Dialect } from './dialects/dialect.ts';
import { envelope } from './dialects/envelope.ts';
import { native } from './dialects/native.ts';
import { forwardedHeader } from '../protocol/http-names.ts';
import type { LeaderClient } from './leader-client.ts';

export interface HttpNode {
  readonly config: Config;
  readonly driver: Driver;
  /** The one that this node answers in. */
  readonly dialect: Dialect;
  readonly leaderClient: LeaderClient;
  readonly metricsText: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Another node passed this request on. */
export function isForwarded(request: FastifyRequest): boolean {
  return request.headers[forwardedHeader] !== undefined;
}

/** What a node passes on is answered natively, and that node gives it its own shape; `/add` has one shape only. */
export function dialectOf(node: HttpNode, request: FastifyRequest): Dialect {
  if (isForwarded(request)) return native;
  return request.routeOptions.url === '/add' ? envelope : node.dialect;
}
