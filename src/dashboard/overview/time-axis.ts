/** A time axis on which a tenth of a millisecond and a minute both have room: it goes by factors of ten. */

/** Left end of the axis: what was quicker stands there. */
const shortestMs = 0.1;
/** The axis is at least so long. */
const longestMsMin = 1000;

/** The right end: the next of 1, 3, 10 … that all times are below. */
export function axisEndMs(times: readonly number[]): number {
  const longest = Math.max(longestMsMin, ...times);
  let end = longestMsMin;
  for (let step = 0; end < longest; step += 1) end = step % 2 === 0 ? 3 * 10 ** (3 + step / 2) : 10 ** (3 + (step + 1) / 2);
  return end;
}

/** From 0 to 1. */
export function placeOnAxis(ms: number, endMs: number): number {
  if (ms <= shortestMs) return 0;
  return Math.min(1, Math.log(ms / shortestMs) / Math.log(endMs / shortestMs));
}

/** Powers of ten on the axis, as "1 ms", "10 s". */
export function axisTicks(endMs: number): readonly { readonly ms: number; readonly label: string }[] {
  const ticks: { ms: number; label: string }[] = [];
  for (let power = -1; 10 ** power <= endMs * 1.0001; power += 1) {
    const ms = 10 ** power;
    ticks.push({ ms, label: power < 0 ? '0.1 ms' : ms < 1000 ? `${ms} ms` : `${ms / 1000} s` });
  }
  return ticks;
}
