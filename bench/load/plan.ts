/** What a load generator is told, and what it reports. Both travel between processes as JSON. */

import type { Reach } from '../ask.ts';
import type { HistogramSnapshot } from './histogram.ts';

/** Where requests go, and in which protocol. */
export type LoadTarget =
  | ({ readonly kind: 'http'; readonly port: number; readonly w: string | number } & Reach)
  | { readonly kind: 'etcd-json'; readonly port: number }
  | { readonly kind: 'etcd-grpc'; readonly port: number }
  | { readonly kind: 'nats'; readonly port: number }
  | { readonly kind: 'redis'; readonly port: number; readonly replicas: number }
  | ClientTarget;

/** The same through the client library that users would use. */
export type ClientTarget =
  | { readonly kind: 'our-client'; readonly port: number; readonly w: string | number }
  | { readonly kind: 'nats-client'; readonly port: number }
  | { readonly kind: 'redis-client'; readonly port: number; readonly replicas: number };

/** Every lane has one request in flight: it sends the next one when it has the answer. */
export interface LoadPlan {
  readonly target: LoadTarget;
  /** Unique among the generators that write to one cluster: part of every message. */
  readonly generator: number;
  readonly lanes: number;
  readonly messagesPerRequest: number;
  readonly messageBytes: number;
  /** `undefined`: until it is told to measure. */
  readonly warmupMs: number | undefined;
  /** `undefined`: until it is told to stop. */
  readonly windowMs: number | undefined;
  /** The load ends after that many requests of each lane, however long that takes. */
  readonly requestsPerLaneMax?: number;
}

export interface LoadResult {
  readonly generator: number;
  readonly messageBytes: number;
  /** Of the window alone. */
  readonly windowMs: number;
  readonly messages: number;
  readonly requests: number;
  readonly latency: HistogramSnapshot;
  /** Processor time of the generator in the window. */
  readonly cpuMs: number;
  /** Messages acknowledged on each lane, including the warm-up: a lane's messages are numbered from 0. */
  readonly acknowledged: readonly number[];
  readonly failures: { readonly count: number; readonly first: string | undefined };
}

/** From the generator. */
export type LoadReport =
  | { readonly kind: 'started' }
  | { readonly kind: 'result'; readonly result: LoadResult }
  | { readonly kind: 'broken'; readonly why: string };

/** To the generator. `measure` discards what was recorded and begins the window. */
export type LoadCommand = { readonly kind: 'begin'; readonly plan: LoadPlan } | { readonly kind: 'measure' } | { readonly kind: 'stop' };
