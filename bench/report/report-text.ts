/** The result of a run as text: a table per scenario, ratios to ours, then the goals. */

import { verdictLine } from '../goals.ts';
import type { Report } from './report.ts';
import { fixed } from './format.ts';
import { tableText } from './table.ts';

export function reportText(report: Report): string {
  const { machine, scenarios, verdicts, notes } = report;
  const parts = [machine.map(([name, value]) => `${name}: ${value}`).join('\n')];
  for (const { title, headings, rows } of scenarios) {
    const cells = rows.map(({ system, cells: each }) => [
      system,
      ...each.map((cell) => {
        if (cell === undefined) return '';
        const ratio = cell.ratio === undefined ? '' : ` ${fixed(cell.ratio.median)}×`;
        const spread = cell.spread === undefined ? '' : ` ±${cell.spread.percent.toFixed(0)}%`;
        return `${cell.text}${spread}${ratio}`;
      }),
    ]);
    parts.push(`${title}\n\n${tableText(['', ...headings], cells)}`);
  }
  if (scenarios.some(({ rows }) => rows.length > 1))
    parts.push(`Medians; "±" is half of what lies between the smallest and the largest round; "×" is ${report.ratioMeaning}.`);
  if (verdicts.length > 0) parts.push(verdicts.map(verdictLine).join('\n'));
  if (notes.length > 0) parts.push(notes.join('\n'));
  return `${parts.join('\n\n')}\n`;
}
