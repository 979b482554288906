/**
 * A client for the replicated log, for Node and browsers. It needs nothing but `fetch`.
 * @module replicated-log/client
 */

export { LogClient } from './log-client.ts';
export { ProblemError } from './problem-error.ts';
export type { ClientProblemCode, ProblemCode } from './problem-error.ts';
export type { ProblemCode as ServerProblemCode } from '../api/problems.ts';
export type { ClientLogger, RequestReport, RetryReport } from './reports.ts';
export type { GivenToken } from './token.ts';
export type {
  AppendedMany,
  Log,
  LogAppendManyOptions,
  LogAppendOptions,
  LogCallOptions,
  LogFollowOptions,
  LogReadOptions,
  Skipped,
} from './log.ts';
export type { Appended, Entry, ReadLevel, WriteConcern } from '../api/entries.ts';
export type {
  DataPlace,
  DiskBytes,
  Election,
  Health as Status,
  LeaderAddress,
  Member,
  NodeSettings,
  NotElectable,
  Role,
} from '../api/health.ts';
export type { Outcome, ProblemFacts } from '../api/problem-document.ts';
export type { Retention, RetentionRequest, Trimmed } from '../api/retention.ts';
export type {
  AppendManyOptions,
  AppendOptions,
  CallOptions,
  ClientOptions,
  Fetch,
  FetchAnswer,
  FetchInit,
  FollowOptions,
  ReadOptions,
  ReadTextsOptions,
} from './types.ts';
