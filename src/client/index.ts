/** `replicated-log/client`: a replicated log from JavaScript, over `fetch`. Node and browsers; nothing else is needed. */

export { LogClient } from './log-client.ts';
export { ProblemError } from './problem-error.ts';
export type { ClientProblemCode, ProblemCode } from './problem-error.ts';
export type { ProblemCode as ServerProblemCode } from '../api/problems.ts';
export type { Appended, Entry, ReadLevel, WriteConcern } from '../api/entries.ts';
export type { Health as Status, Member } from '../api/health.ts';
export type {
  AppendOptions,
  AppendedMany,
  CallOptions,
  ClientOptions,
  Fetch,
  FetchAnswer,
  FetchInit,
  FollowOptions,
  ReadOptions,
  ReadTextsOptions,
} from './types.ts';
