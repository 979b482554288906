/** The result of a run as one page that opens from a file and loads nothing else. */

import { goalRows, outcomeText } from '../goals.ts';
import type { Verdict } from '../goals.ts';
import { fixed } from './format.ts';
import { pageStyle } from './page-style.ts';
import { reportCharts } from './report-charts.ts';
import type { Chart, ChartSystem } from './report-charts.ts';
import type { Cell, Report, ScenarioReport } from './report.ts';
import { pairMeaning } from './report-text.ts';
import { escapeText } from './svg-chart.ts';

export function reportHtml(report: Report): string {
  const { machine, scenarios, verdicts, notes } = report;
  const facts = machine.map(([name, value]) => `<dt>${escapeText(name)}</dt><dd>${escapeText(value)}</dd>`).join('');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Replicated Log: benchmark</title><style>${pageStyle}</style></head>
<body><main>
<h1>Replicated Log: benchmark</h1>
<p>Three nodes each, load generator included, on one machine, one system at a time in interleaved rounds. Only ratios within a run count: the tables show medians with the smallest and the largest round, and the ratio (×) to the first line.</p>
${section('Goals', goals(verdicts))}
${section('Charts', charts(report))}
${scenarios.map((scenario) => section(scenario.title, `<div class="card scroll">${table(scenario)}</div>`)).join('\n')}
${section('Machine', `<div class="card"><dl>${facts}</dl></div>`)}
${section('Notes', notes.length === 0 ? '' : `<ul class="notes">${notes.map((note) => `<li>${escapeText(note)}</li>`).join('')}</ul>`)}
</main></body></html>
`;
}

function section(title: string, content: string): string {
  return content === '' ? '' : `<h2>${escapeText(title)}</h2>\n${content}`;
}

function goals(verdicts: readonly Verdict[]): string {
  const rows = verdicts.toSorted((a, b) => a.goal - b.goal).map(goalRow);
  return rows.every((row) => row === '') ? '' : `<div class="card goals">${rows.join('')}</div>`;
}

function goalRow({ goal, what, measured, unit, wanted, ...judged }: Verdict): string {
  if (measured === undefined) return '';
  const spread = measured.count > 1 ? ` <span>${fixed(measured.min)} to ${fixed(measured.max)}</span>` : '';
  const bound = wanted === undefined ? '' : ` <span>· ${escapeText(wanted)}</span>`;
  const colour = judged.outcome === 'met' || judged.outcome === 'missed' ? ` ${judged.outcome}` : '';
  return `<div class="goal"><span>Goal ${goal}</span><div>${escapeText(`${goalRows[goal]}: ${what}`)}</div><div><b>${fixed(measured.median)}${escapeText(unit)}</b>${spread}${bound}</div><div class="badge${colour}">${outcomeText(judged)}</div></div>`;
}

function charts(report: Report): string {
  const found = reportCharts(report);
  return found.length === 0 ? '' : `<div class="charts">${found.map(chartCard).join('')}</div>`;
}

function chartCard({ title, text, svg, systems }: Chart): string {
  const legend = systems.length === 0 ? '' : `<ul class="legend">${systems.map(legendItem).join('')}</ul>`;
  return `<figure class="card" style="margin:0"><h3>${escapeText(title)}</h3><p>${escapeText(text)}</p>${legend}${svg}</figure>`;
}

function legendItem({ title, colour, isDashed }: ChartSystem): string {
  const line = `line c${colour}${isDashed ? ' dashed' : ''}${colour === 0 ? ' ours' : ''}`;
  return `<li><svg viewBox="0 0 22 8" aria-hidden="true"><polyline class="${line}" points="0,4 22,4"/></svg>${escapeText(title)}</li>`;
}

function table(scenario: ScenarioReport): string {
  return scenario.pairs.length > 0 ? pairTable(scenario) : systemTable(scenario);
}

function systemTable({ headings, rows }: ScenarioReport): string {
  const head = ['', ...headings].map((heading) => `<th>${escapeText(heading)}</th>`).join('');
  const body = rows.map(({ system, cells }, index) => {
    const name = index === 0 ? ' class="ours"' : '';
    return `<tr${name}><td>${escapeText(system)}</td>${cells.map(cellHtml).join('')}</tr>`;
  });
  return `<table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table>`;
}

function cellHtml(cell: Cell | undefined): string {
  if (cell === undefined) return '<td></td>';
  const { text, spread, ratio } = cell;
  const range = spread === undefined ? '' : `<small>${escapeText(`${bareNumber(spread.min)} to ${bareNumber(spread.max)}`)}</small>`;
  const beside = ratio === undefined ? '' : `<small>${fixed(ratio.median)}×</small>`;
  return `<td>${escapeText(text)}${range}${beside}</td>`;
}

/** The figure above it has the unit. */
function bareNumber(text: string): string {
  return text.replace(/ (ms|µs|%|MB|GB)$/, '');
}

function pairTable({ pairs }: ScenarioReport): string {
  const head = ['', 'this', 'other', 'this / other', 'that is'].map((heading) => `<th>${heading}</th>`).join('');
  const body = pairs.map(({ heading, ours, baseline, ratio, isHigherBetter }) => {
    const meaning = pairMeaning(ratio, isHigherBetter);
    const colour = meaning === 'better' ? ' class="met"' : meaning === 'worse' ? ' class="missed"' : '';
    const range = `<small>${fixed(ratio.min)} to ${fixed(ratio.max)}</small>`;
    return `<tr><td>${escapeText(heading)}</td><td>${escapeText(ours)}</td><td>${escapeText(baseline)}</td><td>${fixed(ratio.median)}${range}</td><td${colour}>${meaning}</td></tr>`;
  });
  return `<table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table>`;
}
