/** The result of a run as text: a table per scenario, then the goals. */

import { goalLines } from '../goals.ts';
import type { Summary } from '../statistics.ts';
import { fixed } from './format.ts';
import type { Cell, Report, ScenarioReport } from './report.ts';
import { tableText } from './table.ts';

const legend = 'Medians. "±": half of the difference between the smallest and the largest round. "×": relative to ours, within a round.';
const pairLegend = 'Medians, and this commit divided by the other within each round: the median, smallest and largest of these ratios.';

export function reportText(report: Report): string {
  const { machine, scenarios, verdicts, notes } = report;
  const isPaired = scenarios.some(({ pairs }) => pairs.length > 0);
  const parts = [machine.map(([name, value]) => `${name}: ${value}`).join('\n')];
  for (const scenario of scenarios) parts.push(`${scenario.title}\n\n${isPaired ? pairTable(scenario) : systemTable(scenario)}`);
  if (scenarios.length > 0) parts.push(isPaired ? pairLegend : legend);
  const lines = goalLines(verdicts);
  if (lines.length > 0) parts.push(lines.join('\n'));
  if (notes.length > 0) parts.push(notes.join('\n'));
  return `${parts.join('\n\n')}\n`;
}

function systemTable({ headings, rows }: ScenarioReport): string {
  return tableText(
    ['', ...headings],
    rows.map(({ system, cells }) => [system, ...cells.map(cellText)]),
  );
}

function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return '';
  const spread = cell.spread === undefined ? '' : ` ±${cell.spread.percent.toFixed(0)}%`;
  const ratio = cell.ratio === undefined ? '' : ` ${fixed(cell.ratio.median)}×`;
  return `${cell.text}${spread}${ratio}`;
}

function pairTable({ pairs }: ScenarioReport): string {
  return tableText(
    ['', 'this', 'other', 'this / other', 'from', 'to', 'that is'],
    pairs.map(({ heading, ours, baseline, ratio, isHigherBetter }) => [
      heading,
      ours,
      baseline,
      fixed(ratio.median),
      fixed(ratio.min),
      fixed(ratio.max),
      pairMeaning(ratio, isHigherBetter),
    ]),
  );
}

const roundsMin = 3;

/** It is called a difference only if there are enough rounds and all of them agree. */
export function pairMeaning(ratio: Summary, isHigherBetter: boolean): string {
  if (ratio.count < roundsMin) return 'unclear';
  if (ratio.min > 1) return isHigherBetter ? 'better' : 'worse';
  if (ratio.max < 1) return isHigherBetter ? 'worse' : 'better';
  return 'unclear';
}
