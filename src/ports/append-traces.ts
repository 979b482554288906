/**
 * Follows appends for a tracing system, from the request to the answer. `observe/traces` implements it; a node whose
 * environment asks for no traces has none, and pays nothing.
 */

/** The headers `traceparent` and `tracestate` (W3C Trace Context), as somebody sent them: not checked. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate: string | undefined;
}

export interface AppendTraces {
  /** A request to append has come. @param from - what it said of the trace that it belongs to */
  begin(from: TraceContext | undefined): AppendTrace;
}

/** One request to append. Exactly one of `answered`, `refused` and `left` ends it; what comes after that is ignored. */
export interface AppendTrace {
  /** It is about to be sent to the leader. */
  forwarded(): ForwardTrace;
  answered(answer: { readonly status: number; readonly offset: number; readonly acks: number }): void;
  /** @param problem - code of the problem */
  refused(answer: { readonly status: number; readonly problem: string }): void;
  /** The client went away before it was answered. */
  left(): void;
}

/** A request that waits for the leader. */
export interface ForwardTrace {
  /** What the leader is told. */
  readonly context: TraceContext | undefined;
  /** @param problem - code of the problem; `undefined` if the leader took it */
  ended(problem: string | undefined): void;
}
