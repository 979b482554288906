/** Results put in order for people: what both the text and the page show. */

import type { Verdict } from '../goals.ts';
import type { Machine } from '../machine.ts';
import type { Measurement, Results } from '../results.ts';
import type { Column, Scenario } from '../scenario.ts';
import type { Summary } from '../statistics.ts';

export interface Cell {
  readonly text: string;
  /** `undefined` where there is one round only. */
  readonly spread: { readonly min: string; readonly max: string; readonly percent: number } | undefined;
  /** To the first row, within rounds. */
  readonly ratio: Summary | undefined;
}

export interface ScenarioReport {
  readonly name: string;
  readonly title: string;
  readonly headings: readonly string[];
  readonly rows: readonly { readonly system: string; readonly cells: readonly (Cell | undefined)[] }[];
}

export interface Report {
  readonly machine: Machine;
  readonly scenarios: readonly ScenarioReport[];
  readonly verdicts: readonly Verdict[];
  readonly notes: readonly string[];
  readonly ratioMeaning: string;
  readonly measurements: readonly Measurement[];
}

export interface ReportSource {
  readonly machine: Machine;
  readonly scenarios: readonly Scenario[];
  readonly results: Results;
  readonly notes: readonly string[];
  readonly titles: ReadonlyMap<string, string>;
  readonly isBaseline: boolean;
}

export function makeReport(source: ReportSource): Report {
  const { machine, scenarios, results, notes, isBaseline } = source;
  return {
    machine,
    scenarios: scenarios.map((scenario) => scenarioReport(scenario, source)).filter(({ rows }) => rows.length > 0),
    // Against a commit of ours the question is which of the two is faster.
    verdicts: isBaseline ? [] : scenarios.flatMap((scenario) => scenario.judge(results)).toSorted((a, b) => a.goal - b.goal),
    notes,
    ratioMeaning: isBaseline ? 'the other commit over this one, within a round' : 'of ours, within a round',
    measurements: results.measurements,
  };
}

function scenarioReport(scenario: Scenario, { results, titles }: ReportSource): ScenarioReport {
  const systems = results.systems(scenario.name);
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

function spreadOf({ count, median, min, max }: Summary, format: (value: number) => string): Cell['spread'] {
  if (count < 2) return undefined;
  return { min: format(min), max: format(max), percent: median > 0 ? (50 * (max - min)) / median : 0 };
}
