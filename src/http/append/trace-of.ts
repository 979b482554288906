/** Begins the trace of an append. Without traces here, what a client says of its own trace is passed on as it came. */

import type { IncomingMessage } from 'node:http';
import { problems } from '../../api/problems.ts';
import type { AppendTrace, AppendTraces, TraceContext } from '../../ports/append-traces.ts';
import { asLogError } from '../wire/problem.ts';

/** @returns `undefined` if there is nothing to follow and nothing to pass on */
export function traceOf(traces: AppendTraces | undefined, from: TraceContext | undefined): AppendTrace | undefined {
  if (traces !== undefined) return traces.begin(from);
  return from === undefined ? undefined : passedOn(from);
}

export function traceContextOf({ headers }: IncomingMessage): TraceContext | undefined {
  const { traceparent, tracestate } = headers;
  if (typeof traceparent !== 'string') return undefined;
  return { traceparent, tracestate: typeof tracestate === 'string' ? tracestate : undefined };
}

export function traceHeaders({ traceparent, tracestate }: TraceContext): Record<string, string> {
  return tracestate === undefined ? { traceparent } : { traceparent, tracestate };
}

const ignore = (): void => undefined;

function passedOn(context: TraceContext): AppendTrace {
  return { forwarded: () => ({ context, ended: ignore }), answered: ignore, refused: ignore, left: ignore };
}

/** @throws what `run` throws, which ends the trace */
export async function traced<T>(trace: AppendTrace | undefined, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const { code } = asLogError(error);
    trace?.refused({ status: problems[code].status, problem: code });
    throw error;
  }
}
