/** Everything that a run measured. Ratios are taken within a round, so that a disturbance of the machine hits both sides. */

import { median, summarize } from './statistics.ts';
import type { Summary } from './statistics.ts';

/** Percentile (0 to 100) and milliseconds. */
export type LatencyCurve = readonly (readonly [percentile: number, ms: number])[];

/** Something over time: seconds and value. */
export type Series = readonly (readonly [seconds: number, value: number])[];

export interface Measurement {
  readonly scenario: string;
  /** What was measured: a system, or a limit of the machine. */
  readonly system: string;
  /** How: `64 writers`, `batches`. */
  readonly variant: string;
  readonly round: number;
  readonly values: Readonly<Record<string, number>>;
  readonly curve?: LatencyCurve;
  readonly series?: Series;
}

/** Which figure: one value of one system in one variant of a scenario. */
export interface Figure {
  readonly scenario: string;
  readonly system: string;
  readonly variant: string;
  readonly value: string;
}

export class Results {
  readonly measurements: Measurement[] = [];

  add(measurement: Measurement): void {
    this.measurements.push(measurement);
  }

  of({ scenario, system, variant }: Omit<Figure, 'value'>): Measurement[] {
    return this.measurements.filter((each) => each.scenario === scenario && each.system === system && each.variant === variant);
  }

  perRound(figure: Figure): Map<number, number> {
    const rounds = new Map<number, number[]>();
    for (const { round, values } of this.of(figure)) {
      const value = values[figure.value];
      if (value !== undefined) rounds.set(round, [...(rounds.get(round) ?? []), value]);
    }
    return new Map([...rounds].map(([round, values]) => [round, median(values)]));
  }

  summary(figure: Figure): Summary | undefined {
    return summarize([...this.perRound(figure).values()]);
  }

  /** `figure` divided by `reference`, round by round. */
  ratio(figure: Figure, reference: Figure): Summary | undefined {
    const references = this.perRound(reference);
    const ratios: number[] = [];
    for (const [round, value] of this.perRound(figure)) {
      const divisor = references.get(round);
      if (divisor !== undefined && divisor > 0) ratios.push(value / divisor);
    }
    return summarize(ratios);
  }

  systems(scenario: string): string[] {
    return this.#distinct((each) => each.system, scenario);
  }

  variants(scenario: string): string[] {
    return this.#distinct((each) => each.variant, scenario);
  }

  #distinct(pick: (measurement: Measurement) => string, scenario: string): string[] {
    return [...new Set(this.measurements.filter((each) => each.scenario === scenario).map(pick))];
  }
}
