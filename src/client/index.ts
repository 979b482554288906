/** `replicated-log/client`: a replicated log from JavaScript, over `fetch`. Node and browsers; nothing else is needed. */

export { LogClient } from './log-client.ts';
export { ProblemError } from './problem-error.ts';
export type { ClientProblemCode, ProblemCode, ServerProblemCode } from './problem-error.ts';
export type {
  AppendOptions,
  Appended,
  AppendedMany,
  CallOptions,
  ClientOptions,
  Entry,
  FollowOptions,
  Member,
  ReadLevel,
  ReadOptions,
  Status,
  WriteConcern,
} from './types.ts';
