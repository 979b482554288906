/** What every route works with. */

import type { FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import type { Driver } from '../driver.ts';
import type { Dialect } from './dialects/dialect.ts';
import { dialects } from './dialects/dialects.ts';
import { envelope } from './dialects/envelope.ts';
import { native } from './dialects/native.ts';
import { LogError } from '../problems.ts';
import { dialectHeader, forwardedHeader } from '../protocol/http-names.ts';
import type { Activity } from './activity.ts';
import type { BodyBudget } from './body-budget.ts';
import type { ConnectionLimit } from './connection-limit.ts';
import type { HostNames } from './cross-site.ts';
import type { LeaderClient } from './leader-client.ts';
import type { LeaderWatch } from './leader-watch.ts';
import type { LiveTail } from './live-tail.ts';
import type { NodeDirectory } from './node-directory.ts';
import type { Page } from './page.ts';
import type { ReadPacer } from './read-pacer.ts';
import type { StepQueue } from './steps.ts';

export interface HttpNode {
  readonly config: Config;
  readonly driver: Driver;
  /** The one that this node answers in. */
  readonly dialect: Dialect;
  readonly leaderClient: LeaderClient;
  readonly leaderWatch: LeaderWatch;
  /** Whom a page may ask through this node. */
  readonly directory: NodeDirectory;
  /** By which browsers may ask it. */
  readonly hostNames: HostNames;
  readonly page: Page;
  readonly readPacer: ReadPacer;
  readonly liveTail: LiveTail;
  readonly connections: ConnectionLimit;
  /** What bodies may hold, and where those of appends are looked through. */
  readonly bodies: BodyBudget;
  readonly bodyWork: StepQueue;
  readonly activity: Activity;
  readonly metricsText: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Another node passed this request on. */
export function isForwarded(request: FastifyRequest): boolean {
  return request.headers[forwardedHeader] !== undefined;
}

/**
 * The one that the request names, or else the node's own. What a node passes on is answered natively, and that node
 * gives it its own shape; `/add` has one shape only.
 */
export function dialectOf(node: HttpNode, request: FastifyRequest): Dialect {
  if (isForwarded(request)) return native;
  if (request.routeOptions.url === '/add') return envelope;
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
