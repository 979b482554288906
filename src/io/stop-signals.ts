/**
 * Signals that tell a program to end: SIGTERM, SIGINT (Ctrl-C) and SIGHUP (its terminal, or SSH session, was closed). The
 * first one ends it cleanly, the next one at once.
 *
 * One request may arrive as several signals: a terminal signals every process in it, and the process that started them
 * (npm, a shell, process 1 of a container) passes the signal on. So a signal that closely follows a Ctrl-C belongs to it;
 * and a closed terminal never ends a program at once, however often it signals.
 */

const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

export type StopSignal = keyof typeof exitCodes;

/** A signal is passed on within this time; nobody presses Ctrl-C twice so quickly on purpose. */
const echoMs = 300;

export interface StopParts {
  readonly now: () => number;
  /** Cleanly. */
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
