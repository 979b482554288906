/** Maps values to places on a chart, and says where its grid lines go. */

export interface Scale {
  /** 0 at the bottom or left, 1 at the top or right. */
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
}

/** From 0 to a round number above `max`. */
export function linearScale(max: number): Scale {
  const step = niceStep(max / 4);
  const top = Math.max(step, Math.ceil(max / step) * step);
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step);
  return { place: (value) => value / top, ticks };
}

/** Over whole thirds of decades: 1, 2, 5, 10, … */
export function logScale(min: number, max: number): Scale {
  const steps: number[] = [];
  for (let decade = Math.floor(Math.log10(min)); 10 ** decade <= max * 10; decade += 1)
    for (const digit of [1, 2, 5]) steps.push(digit * 10 ** decade);
  const first = steps.findLastIndex((step) => step <= min);
  const last = steps.findIndex((step) => step >= max);
  const inside = steps.slice(Math.max(first, 0), last + 1);
  const [low = min, high = max] = [inside[0], inside.at(-1)];
  // A long axis is labelled at its decades only.
  const ticks = inside.length > 9 ? inside.filter((step) => Math.abs(Math.log10(step) - Math.round(Math.log10(step))) < 1e-9) : inside;
  return { place: (value) => (Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low) || 1), ticks };
}

function niceStep(least: number): number {
  const decade = 10 ** Math.floor(Math.log10(Math.max(least, 1e-9)));
  return ([1, 2, 2.5, 5, 10].find((factor) => factor * decade >= least) ?? 10) * decade;
}

/** Percentiles by their nines: 90 %, 99 % and 99.9 % are equally far from each other. */
export const ninesOf = (percentile: number): number => -Math.log10(1 - percentile / 100);
