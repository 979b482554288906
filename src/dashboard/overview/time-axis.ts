/**
 * The time axis of the appends: linear where something took long, so that twice the time is twice the way; else by factors
 * of ten, on which a tenth of a millisecond and a second both have room.
 */

export type TimeScale = 'linear' | 'log';

export interface TimeAxis {
  readonly scale: TimeScale;
  readonly endMs: number;
}

/** What takes longer is something that people see: then lengths must not lie. */
const linearFromMs = 200;
/** Left end by factors of ten: what was quicker stands there. */
const shortestMs = 0.1;
/** By factors of ten the axis is at least so long. */
const longestMsMin = 1000;

/** @param chosen - by the visitor */
export function timeAxis(times: readonly number[], chosen?: TimeScale): TimeAxis {
  const longest = Math.max(0, ...times);
  const scale = chosen ?? (longest > linearFromMs ? 'linear' : 'log');
  return { scale, endMs: scale === 'linear' ? linearEnd(longest) : logEnd(longest) };
}

/** The next of 1, 2, 5, 10 … that all times are below. */
function linearEnd(longest: number): number {
  for (let power = 0; ; power += 1) for (const factor of [1, 2, 5]) if (factor * 10 ** power >= longest) return factor * 10 ** power;
}

/** The next of 1, 3, 10 … */
function logEnd(longest: number): number {
  let end = longestMsMin;
  for (let step = 0; end < longest; step += 1) end = step % 2 === 0 ? 3 * 10 ** (3 + step / 2) : 10 ** (3 + (step + 1) / 2);
  return end;
}

/** From 0 to 1. */
export function placeOnAxis(ms: number, { scale, endMs }: TimeAxis): number {
  if (scale === 'linear') return Math.min(1, Math.max(0, ms / endMs));
  if (ms <= shortestMs) return 0;
  return Math.min(1, Math.log(ms / shortestMs) / Math.log(endMs / shortestMs));
}

export interface Tick {
  readonly ms: number;
  readonly label: string;
}

export function axisTicks({ scale, endMs }: TimeAxis): readonly Tick[] {
  const ticks: Tick[] = [];
  if (scale === 'linear') {
    const parts = String(endMs).startsWith('2') ? 4 : 5;
    for (let part = 0; part <= parts; part += 1) ticks.push({ ms: (endMs * part) / parts, label: labelOf((endMs * part) / parts) });
  } else {
    for (let power = -1; 10 ** power <= endMs * 1.0001; power += 1) ticks.push({ ms: 10 ** power, label: labelOf(10 ** power) });
  }
  return ticks;
}

/** "0.1 ms", "10 ms", "1.5 s" */
function labelOf(ms: number): string {
  return ms < 1000 ? `${Number(ms.toFixed(2))} ms` : `${Number((ms / 1000).toFixed(2))} s`;
}
