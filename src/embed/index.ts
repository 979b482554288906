/**
 * A node of the log in your own process (docs/embedding.md).
 * @module replicated-log
 */

export { startNode } from './start.ts';
export type { LogNode, NodeAppendManyOptions, NodeAppendOptions } from './log-node.ts';
export type { NodeOptions } from './options.ts';
export type { KnownLeader } from './inside/messages.ts';
export type { LeaderListener } from './leadership.ts';
export type { Lead, LeaderTask, RunOnLeaderOptions } from './run-on-leader.ts';
export { NodeFailed } from './node-failed.ts';
export { ConfigError } from '../config/config.ts';
export { ProblemError } from '../client/problem-error.ts';
export type { ClientProblemCode, ProblemCode } from '../client/problem-error.ts';
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
export type {
  AppendedMany,
  Log,
  LogAppendManyOptions,
  LogAppendOptions,
  LogCallOptions,
  LogFollowOptions,
  LogReadOptions,
  Skipped,
} from '../client/log.ts';
export { view } from '../view/view.ts';
export type { View } from '../view/view.ts';
export type { UpToOptions, ViewOptions, ViewedLog } from '../view/view-options.ts';
export { ViewError } from '../view/view-error.ts';
export type { ViewErrorCode } from '../view/view-error.ts';
