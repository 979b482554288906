/** Results arranged for people: what both the text and the page show. */

import { verdictOn } from '../goals.ts';
import type { Medium, Verdict } from '../goals.ts';
import type { Machine } from '../machine.ts';
import type { Measurement, Results } from '../results.ts';
import type { Column, Scenario } from '../scenario.ts';
import type { Summary } from '../statistics.ts';

export interface Cell {
  readonly text: string;
  /** `undefined` if there is only one round. */
  readonly spread: { readonly min: string; readonly max: string; readonly percent: number } | undefined;
  /** To the first row, within rounds. */
  readonly ratio: Summary | undefined;
}

/** One figure of both commits, with `--baseline`. */
interface Pair {
  readonly heading: string;
  readonly ours: string;
  readonly baseline: string;
  /** This commit divided by the other, within rounds. */
  readonly ratio: Summary;
  readonly isHigherBetter: boolean;
}

export interface ScenarioReport {
  readonly name: string;
  readonly title: string;
  readonly headings: readonly string[];
  readonly rows: readonly { readonly system: string; readonly cells: readonly (Cell | undefined)[] }[];
  /** None without `--baseline`. */
  readonly pairs: readonly Pair[];
}

export interface Report {
  readonly machine: Machine;
  readonly scenarios: readonly ScenarioReport[];
  readonly verdicts: readonly Verdict[];
  readonly notes: readonly string[];
  readonly titles: ReadonlyMap<string, string>;
  readonly measurements: readonly Measurement[];
}

export interface ReportSource {
  readonly machine: Machine;
  readonly medium: Medium;
  readonly scenarios: readonly Scenario[];
  readonly results: Results;
  readonly notes: readonly string[];
  readonly titles: ReadonlyMap<string, string>;
  readonly isBaseline: boolean;
}

export function makeReport(source: ReportSource): Report {
  const { machine, medium, scenarios, results, notes, isBaseline } = source;
  return {
    machine,
    scenarios: scenarios.map((scenario) => scenarioReport(scenario, source)).filter(({ rows }) => rows.length > 0),
    // With `--baseline` the question is which of the two commits is faster.
    verdicts: isBaseline ? [] : scenarios.flatMap((scenario) => scenario.judge(results)).map((part) => verdictOn(part, medium)),
    notes,
    titles: source.titles,
    measurements: results.measurements,
  };
}

function scenarioReport(scenario: Scenario, { results, titles, isBaseline }: ReportSource): ScenarioReport {
  // Always in the order of the contestants, whichever came first in a round; limits and references after them.
  const order = [...titles.keys()];
  const place = (system: string): number => (order.includes(system) ? order.indexOf(system) : order.length);
  const systems = results.systems(scenario.name).toSorted((a, b) => place(a) - place(b));
  const columns = scenario.columns.filter(({ variant, value }) =>
    systems.some((system) => results.summary({ scenario: scenario.name, system, variant, value }) !== undefined),
  );
  const rows = systems.map((system) => ({
    system: titles.get(system) ?? system,
    cells: columns.map((column) => cellOf(results, { scenario: scenario.name, system, first: systems[0] ?? system, column })),
  }));
  return {
    name: scenario.name,
    title: `${scenario.name}: ${scenario.title}`,
    headings: columns.map(({ heading }) => heading),
    rows: rows.filter(({ cells }) => cells.some((cell) => cell !== undefined)),
    pairs: isBaseline ? columns.flatMap((column) => pairOf(results, scenario.name, column)) : [],
  };
}

function cellOf(
  results: Results,
  {
    scenario,
    system,
    first,
    column,
  }: { readonly scenario: string; readonly system: string; readonly first: string; readonly column: Column },
): Cell | undefined {
  const { variant, value, format } = column;
  const summary = results.summary({ scenario, system, variant, value });
  if (summary === undefined) return undefined;
  return {
    text: format(summary.median),
    spread: spreadOf(summary, format),
    ratio: system === first ? undefined : results.ratio({ scenario, system, variant, value }, { scenario, system: first, variant, value }),
  };
}

function pairOf(results: Results, scenario: string, { variant, value, heading, format, isHigherBetter }: Column): readonly Pair[] {
  const mine = { scenario, system: 'ours', variant, value };
  const other = { ...mine, system: 'baseline' };
  const [ours, baseline, ratio] = [results.summary(mine), results.summary(other), results.ratio(mine, other)];
  if (ours === undefined || baseline === undefined || ratio === undefined) return [];
  const name = heading.includes(variant) ? heading : `${variant}: ${heading}`;
  return [{ heading: name, ours: format(ours.median), baseline: format(baseline.median), ratio, isHigherBetter }];
}

function spreadOf({ count, median, min, max }: Summary, format: (value: number) => string): Cell['spread'] {
  if (count < 2) return undefined;
  return { min: format(min), max: format(max), percent: median > 0 ? (50 * (max - min)) / median : 0 };
}
