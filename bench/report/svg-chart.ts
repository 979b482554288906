/** Charts as SVG text. Colours come from the page's style: `c0` is ours, `c1` and up are the others. */

import type { Scale } from './scales.ts';

export interface ChartLine {
  readonly title: string;
  readonly colour: number;
  readonly isDashed: boolean;
  /** Place from left to right (0 to 1), value, and the tooltip. */
  readonly points: readonly { readonly x: number; readonly value: number; readonly label: string }[];
}

export interface LineChart {
  readonly title: string;
  readonly lines: readonly ChartLine[];
  readonly xTicks: readonly { readonly x: number; readonly label: string }[];
  readonly xTitle: string;
  readonly y: Scale;
  readonly yFormat: (value: number) => string;
}

const width = 640;
const height = 360;
const left = 62;
const right = 18;
const top = 14;
const bottom = 46;
const plotWidth = width - left - right;
const plotHeight = height - top - bottom;

const px = (value: number): string => value.toFixed(1);
const xAt = (x: number): string => px(left + x * plotWidth);
const yAt = (y: number): string => px(top + (1 - y) * plotHeight);

export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

export function lineChart({ title, lines, xTicks, xTitle, y, yFormat }: LineChart): string {
  const orientation = [
    ...y.ticks.map((tick) => {
      const at = yAt(y.place(tick));
      return `<line class="grid" x1="${left}" x2="${width - right}" y1="${at}" y2="${at}"/><text class="tick" x="${left - 8}" y="${at}" text-anchor="end" dominant-baseline="middle">${escapeText(yFormat(tick))}</text>`;
    }),
    ...xTicks.map(({ x, label }) => {
      const at = xAt(x);
      return `<line class="grid" x1="${at}" x2="${at}" y1="${top}" y2="${height - bottom}"/><text class="tick" x="${at}" y="${height - bottom + 18}" text-anchor="middle">${escapeText(label)}</text>`;
    }),
    `<text class="axis" x="${px(left + plotWidth / 2)}" y="${height - 6}" text-anchor="middle">${escapeText(xTitle)}</text>`,
  ];
  // Ours is drawn last, above the others.
  const drawn = lines.toReversed().map((line) => drawLine(line, y));
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeText(title)}">${orientation.join('')}${drawn.join('')}</svg>`;
}

function drawLine({ title, colour, isDashed, points }: ChartLine, y: Scale): string {
  const path = points.map(({ x, value }) => `${xAt(x)},${yAt(y.place(value))}`).join(' ');
  const isDense = points.length > 40;
  const dots = isDense
    ? []
    : points.map(
        ({ x, value, label }) =>
          `<circle class="dot c${colour}" cx="${xAt(x)}" cy="${yAt(y.place(value))}" r="${colour === 0 ? 4 : 3}"><title>${escapeText(`${title}: ${label}`)}</title></circle>`,
      );
  const name = `line c${colour}${isDashed ? ' dashed' : ''}${colour === 0 ? ' ours' : ''}`;
  return `<polyline class="${name}" points="${path}"><title>${escapeText(title)}</title></polyline>${dots.join('')}`;
}

export interface Bar {
  readonly title: string;
  readonly colour: number;
  readonly value: number;
  readonly text: string;
  /** Smallest and largest round. */
  readonly spread: readonly [min: number, max: number] | undefined;
}

const barHeight = 44;
const titleWidth = 190;
const textWidth = 150;

export function barChart({ title, bars }: { readonly title: string; readonly bars: readonly Bar[] }): string {
  const max = Math.max(...bars.map(({ value, spread }) => Math.max(value, spread?.[1] ?? 0)), 1e-9);
  const scale = (value: number): number => (value / max) * (width - titleWidth - textWidth);
  const rows = bars.map(({ title: name, colour, value, text, spread }, index) => {
    const y = index * barHeight + 8;
    const middle = y + (barHeight - 18) / 2;
    const range =
      spread === undefined
        ? ''
        : `<line class="range" x1="${px(titleWidth + scale(spread[0]))}" x2="${px(titleWidth + scale(spread[1]))}" y1="${middle}" y2="${middle}"/>`;
    const end = titleWidth + Math.max(scale(value), scale(spread?.[1] ?? 0));
    return `<text class="name" x="${titleWidth - 10}" y="${middle}" text-anchor="end" dominant-baseline="middle">${escapeText(name)}</text><rect class="bar c${colour}" x="${titleWidth}" y="${y}" width="${px(Math.max(scale(value), 1))}" height="${barHeight - 18}" rx="3"/>${range}<text class="value" x="${px(end + 8)}" y="${middle}" dominant-baseline="middle">${escapeText(text)}</text>`;
  });
  return `<svg viewBox="0 0 ${width} ${bars.length * barHeight + 4}" role="img" aria-label="${escapeText(title)}">${rows.join('')}</svg>`;
}
