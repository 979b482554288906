/** A goal, what was measured for it, and whether that is enough. */

import { fixed } from './report/format.ts';
import type { Summary } from './statistics.ts';

export interface Verdict {
  readonly goal: number;
  /** `64 writers, of the bare handler`. */
  readonly what: string;
  readonly measured: Summary;
  readonly unit: string;
  readonly wanted: number;
  readonly isAtLeast: boolean;
  /** By the median. */
  readonly isMet: boolean;
  /** Whether every round alone gives the same verdict. */
  readonly isUnanimous: boolean;
}

interface VerdictSpec {
  readonly goal: number;
  readonly what: string;
  readonly measured: Summary | undefined;
  readonly unit?: string;
}

/** No verdict where there is no measurement: the peer is not installed, or the scenario was left out. */
export function atLeast(spec: VerdictSpec & { readonly wanted: number }): readonly Verdict[] {
  return verdict(spec, true, (value) => value >= spec.wanted);
}

export function atMost(spec: VerdictSpec & { readonly wanted: number }): readonly Verdict[] {
  return verdict(spec, false, (value) => value <= spec.wanted);
}

function verdict(
  spec: VerdictSpec & { readonly wanted: number },
  isAtLeast: boolean,
  isEnough: (value: number) => boolean,
): readonly Verdict[] {
  const { goal, what, measured, wanted, unit = '×' } = spec;
  if (measured === undefined || Number.isNaN(measured.median)) return [];
  const isMet = isEnough(measured.median);
  const isUnanimous = isEnough(measured.min) === isMet && isEnough(measured.max) === isMet;
  return [{ goal, what, measured, unit, wanted, isAtLeast, isMet, isUnanimous }];
}

/** `goal 1: 64 writers, of the bare handler: 0.61× (0.58 to 0.63), wanted at least 0.75×: missed` */
export function verdictLine({ goal, what, measured, unit, wanted, isAtLeast, ...outcome }: Verdict): string {
  const spread = measured.count > 1 ? ` (${fixed(measured.min)} to ${fixed(measured.max)})` : '';
  const bound = `${isAtLeast ? 'at least' : 'at most'} ${fixed(wanted)}${unit}`;
  return `goal ${goal}: ${what}: ${fixed(measured.median)}${unit}${spread}, wanted ${bound}: ${verdictWord(outcome)}`;
}

export function verdictWord({ isMet, isUnanimous }: Pick<Verdict, 'isMet' | 'isUnanimous'>): string {
  return `${isMet ? 'met' : 'missed'}${isUnanimous ? '' : ', rounds disagree'}`;
}
