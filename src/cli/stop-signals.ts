/**
 * Signals that tell a program to end: SIGTERM, SIGINT (Ctrl-C) and SIGHUP (its terminal, or SSH session, was closed).
 * Told once, it ends in good order; told again, at once.
 *
 * One wish may come as several signals: a terminal tells every process in it, and what started them (npm, a shell,
 * process 1 of a container) passes it on. So what follows a Ctrl-C closely is the same one; and a terminal that is closed
 * is in no hurry, however often it says so.
 */

const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

export type StopSignal = keyof typeof exitCodes;

/** Within this a Ctrl-C, or a closed terminal, is passed on; nobody presses twice so quickly and means it. */
const echoMs = 300;

export interface StopParts {
  readonly now: () => number;
  /** In good order. */
  readonly end: () => void;
  readonly endAtOnce: (exitCode: number) => void;
}

export function onStopSignals(
  source: { readonly on: (signal: StopSignal, listener: () => void) => unknown },
  { now, end, endAtOnce }: StopParts,
): void {
  let first: { readonly signal: StopSignal; readonly at: number } | undefined;
  const told = (signal: StopSignal): void => {
    if (first === undefined) {
      first = { signal, at: now() };
      end();
      return;
    }
    const isEcho = first.signal !== 'SIGTERM' && now() - first.at < echoMs;
    if (signal !== 'SIGHUP' && !isEcho) endAtOnce(exitCodes[signal]);
  };
  for (const signal of Object.keys(exitCodes) as StopSignal[]) source.on(signal, () => told(signal));
}
