/** The sums over many seeds. */

import { hardCases } from './checkers/coverage.ts';
import type { HardCase } from './checkers/coverage.ts';
import type { SimulationResult } from './simulation.ts';

export class Totals {
  seeds = 0;
  events = 0;
  simulatedMs = 0;
  readonly appends = { acknowledged: 0, rejected: 0, unknown: 0, reads: 0 };
  readonly faults: Record<string, number> = {};
  readonly coverage: Record<string, number> = {};
  readonly failures: SimulationResult[] = [];

  add(result: SimulationResult): void {
    this.seeds += 1;
    this.events += result.events;
    this.simulatedMs += result.simulatedMs;
    for (const [name, count] of Object.entries(result.appends)) this.appends[name as keyof typeof this.appends] += count;
    addAll(this.faults, result.faults);
    addAll(this.coverage, result.coverage);
    if (result.violation !== undefined) this.failures.push(result);
  }

  get faultCount(): number {
    return Object.values(this.faults).reduce((sum, count) => sum + count, 0);
  }

  /** Hard cases that never occurred. */
  get missing(): HardCase[] {
    return hardCases.filter((what) => (this.coverage[what] ?? 0) === 0);
  }
}

function addAll(sums: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
}
