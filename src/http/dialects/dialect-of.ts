/** What every route works with. */

import type { FastifyRequest } from 'fastify';
import type { Config } from '../../config/config.ts';
import type { Driver } from '../../driver/driver.ts';
import type { Dialect } from './list-format.ts';
import { dialects } from './dialects.ts';
import { envelope } from './envelope.ts';
import { native } from './native.ts';
import { LogError } from '../../api/problems.ts';
import { dialectHeader, forwardedHeader } from '../../api/headers.ts';
import type { Activity } from '../activity/activity-stream.ts';
import type { BodyBudget } from '../wire/body-budget.ts';
import type { ConnectionLimit } from '../wire/connection-limit.ts';
import type { HostNames } from '../wire/cross-site.ts';
import type { LeaderClient } from '../leader/leader-client.ts';
import type { LeaderWatch } from '../leader/leader-watch.ts';
import type { LiveTail } from '../read/live-tail.ts';
import type { NodeDirectory } from '../nodes/node-directory.ts';
import type { Page } from '../page/page.ts';
import type { ReadPacer } from '../read/read-pacer.ts';
import type { StepQueue } from '../wire/steps.ts';

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
