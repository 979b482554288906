/**
 * The spans of one append that is sampled: one for the request, and below it one for each step. A step is known only when it
 * is over, so its span is made then, with the times that it had. Steps of followers may end after the request did.
 */

import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { Attributes, Context, HrTime, Span, Tracer } from '@opentelemetry/api';
import { trace as spans } from '@opentelemetry/api';
import type { AppendTrace, ForwardTrace, TraceContext } from '../../ports/append-traces.ts';

/** An instant of the monotonic clock, in milliseconds, or two. */
interface Step {
  readonly from: number;
  readonly to: number;
  readonly attributes?: Attributes;
}

export interface RecordingParts {
  readonly tracer: Tracer;
  /** Writes the headers for what goes on in this context. */
  readonly contextOf: (context: Context) => TraceContext | undefined;
  /** The wall clock and the monotonic one, in milliseconds. */
  readonly wallClock: () => number;
  readonly now: () => number;
}

export class RecordedAppend implements AppendTrace {
  readonly #parts: RecordingParts;
  readonly #span: Span;
  readonly #context: Context;
  /** What must be added to an instant to get the time on the wall: the same for all spans, so that they fit together. */
  readonly #wallMs: number;
  #isOver = false;
  /** What is stored at its place may be another entry. */
  #isLost = false;

  /** @param started - the context of its span, and when that began on both clocks, in milliseconds */
  constructor(parts: RecordingParts, started: { readonly context: Context; readonly span: Span; readonly wallMs: number }) {
    this.#parts = parts;
    this.#span = started.span;
    this.#context = spans.setSpan(started.context, started.span);
    this.#wallMs = started.wallMs;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** A step that is over. */
  step(name: string, { from, to, attributes = {} }: Step): void {
    const startTime = this.#timeOf(from);
    this.#parts.tracer.startSpan(name, { startTime, attributes }, this.#context).end(this.#timeOf(Math.max(from, to)));
  }

  describe(attributes: Attributes): void {
    if (!this.#isOver) this.#span.setAttributes(attributes);
  }

  forwarded(): ForwardTrace {
    const { tracer, contextOf, now } = this.#parts;
    const span = tracer.startSpan('append.forward', { kind: SpanKind.CLIENT, startTime: this.#timeOf(now()) }, this.#context);
    return {
      context: contextOf(spans.setSpan(this.#context, span)),
      ended: (problem) => {
        if (problem !== undefined) fail(span, problem);
        span.end(this.#timeOf(now()));
      },
    };
  }

  answered({ status, offset, acks }: Parameters<AppendTrace['answered']>[0]): void {
    this.describe({ 'http.response.status_code': status, 'rlog.offset': offset, 'rlog.acks': acks });
    this.#end();
  }

  refused({ status, problem }: Parameters<AppendTrace['refused']>[0]): void {
    if (this.#isOver) return;
    // After a timeout the entry is still on its way to the followers; after any other failure it may have been cut.
    this.#isLost = problem !== 'concern-timeout';
    this.describe({ 'http.response.status_code': status, 'error.type': problem });
    // The mistakes of a client are none of the server's.
    if (status >= 500) fail(this.#span, problem);
    this.#end();
  }

  left(): void {
    this.describe({ 'error.type': 'client-gone' });
    this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#span.end(this.#timeOf(this.#parts.now()));
  }

  #timeOf(instant: number): HrTime {
    return hrTime(this.#wallMs + instant);
  }
}

function fail(span: Span, problem: string): void {
  span.setAttribute('error.type', problem).setStatus({ code: SpanStatusCode.ERROR, message: problem });
}

/** Seconds and nanoseconds: the library takes a small number for an instant of another clock. */
export function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.floor((ms - seconds * 1000) * 1e6)];
}
