/** One uPlot: what is the same in all charts, and what it takes to draw one. */

import UPlot from 'uplot';
import type uPlot from 'uplot';
import { colourOf } from '../style/colours.ts';
import { clockText } from '../data/clock.ts';
import { logMin } from './chart-lines.ts';
import type { Line } from './chart-lines.ts';
import type { LeaderChange } from './chart-rows.ts';

/** Counts have no values between 0 and 1; a logarithm has no zero. */
export type PlotScale = 'counts' | 'linear' | 'logarithmic';

interface PlotShape {
  readonly lines: readonly Line[];
  readonly scale: PlotScale;
  /** Of the numbers on the axis. */
  readonly axisText: (value: number) => string;
  readonly width: number;
  readonly height: number;
  /** How much larger letters are than usual. */
  readonly letterScale: number;
}

export interface PlotState {
  /** Seconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly changes: readonly LeaderChange[];
}

export interface PlotOptions {
  readonly shape: PlotShape;
  /** Asked at every drawing. */
  readonly state: () => PlotState;
  /** The reader points at this time, or nowhere. */
  readonly onCursor: (index: number | undefined) => void;
}

/** All px are those of letters of the usual size. */
const axisLetterPx = 12;
const yAxisPxMin = 58;
/** Of a letter on an axis, about; and of what stands between the letters and the plot. */
const letterPx = 7.5;
const besideLabelPx = 22;
const changeLetterPx = 11;
/** Between two times on their axis: `07:05`, and `07:05:30`. */
const timeSpacePx = 44;
const longTimeSpacePx = 60;

/** The enum exists in uPlot's types only. */
const logarithmic = 3 as unknown as uPlot.Scale.Distr;

export function plotOptions({ shape, state, onCursor }: PlotOptions): uPlot.Options {
  const { letterScale } = shape;
  const ink = colourOf('--ink-soft');
  const line = colourOf('--line');
  const changeColours = { ink: colourOf('--ink'), ground: colourOf('--panel') };
  const axis = {
    stroke: ink,
    grid: { stroke: line, width: 1 },
    ticks: { stroke: line, width: 1 },
    font: `${axisLetterPx * letterScale}px system-ui, sans-serif`,
  };
  return {
    width: shape.width,
    height: shape.height,
    legend: { show: false },
    // A label may stand at the very end, half of it beyond.
    padding: [8, 28 * letterScale, 0, 0],
    cursor: { drag: { x: false, y: false }, points: { size: 7 }, y: false },
    scales: {
      x: { time: true, range: () => [state().start, state().end] },
      y:
        shape.scale === 'logarithmic'
          ? { distr: logarithmic, log: 10, range: logRange }
          : { range: shape.scale === 'counts' ? countRange : linearRange },
    },
    axes: [
      {
        ...axis,
        space: (_plot, _axis, min, max, widthPx) => timeSpace(widthPx / (max - min), letterScale),
        size: 28 * letterScale,
        values: clockTexts,
      },
      {
        ...axis,
        size: (_plot, texts) =>
          letterScale * Math.max(yAxisPxMin, letterPx * Math.max(0, ...(texts ?? []).map(({ length }) => length)) + besideLabelPx),
        values: (_plot, splits) => splits.map((value) => shape.axisText(value)),
        ...(shape.scale === 'counts' && { incrs: wholeSteps }),
        ...(shape.scale === 'logarithmic' && { splits: (_plot, _axis, min, max) => powersOfTen(min, max) }),
      },
    ],
    series: [{}, ...shape.lines.map(seriesOf)],
    hooks: {
      ready: [(plot) => plot.over.addEventListener('pointerleave', () => onCursor(undefined))],
      // When another chart moved it there is nothing new.
      setCursor: [(plot) => plot.over.matches(':hover') && onCursor(plot.cursor.idx ?? undefined)],
      draw: [(plot) => drawChanges(plot, state().changes, { ...changeColours, letterScale })],
    },
  };
}

/** Between two times on their axis, which have seconds only where steps are shorter than a minute. */
function timeSpace(pxPerSecond: number, letterScale: number): number {
  const halfMinutePx = 30 * pxPerSecond;
  const longPx = longTimeSpacePx * letterScale;
  return halfMinutePx >= longPx ? longPx : Math.max(timeSpacePx * letterScale, halfMinutePx + 1);
}

/** Seconds only where they differ. */
function clockTexts(_plot: uPlot, splits: number[], _axis: number, _space: number, stepSeconds: number): string[] {
  return splits.map((seconds) => clockText(seconds * 1000).slice(0, stepSeconds < 60 ? 8 : 5));
}

function seriesOf({ label, colour, dash, isFilled, isStep }: Line): uPlot.Series {
  const stroke = colourOf(colour);
  const stepped = UPlot.paths.stepped?.({ align: 1 });
  return {
    label,
    stroke,
    width: 1.75,
    dash: [...dash],
    ...(isStep === true && stepped !== undefined && { paths: stepped }),
    ...(isFilled === true && { fill: stroke.replace('rgb(', 'rgba(').replace(')', ', 0.14)') }),
    points: { size: 4, filter: (plot, index) => lonePoints(plot.data[index] ?? []) },
  };
}

/** A single second between two gaps would not be seen. */
function lonePoints(values: ArrayLike<number | null | undefined>): number[] {
  const isThere = (index: number): boolean => values[index] !== null && values[index] !== undefined;
  return Array.from({ length: values.length }, (_, index) => index).filter(
    (index) => isThere(index) && !isThere(index - 1) && !isThere(index + 1),
  );
}

/** From zero, and never flat. */
function linearRange(_plot: uPlot, _min: number | null, max: number | null): uPlot.Range.MinMax {
  return [0, Math.max(1, (max ?? 0) * 1.1)];
}

function countRange(_plot: uPlot, _min: number | null, max: number | null): uPlot.Range.MinMax {
  return [0, Math.max(4, (max ?? 0) * 1.1)];
}

const wholeSteps = Array.from({ length: 12 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat();

function powersOfTen(min: number, max: number): number[] {
  const first = Math.round(Math.log10(min));
  return Array.from({ length: Math.round(Math.log10(max)) - first + 1 }, (_, step) => 10 ** (first + step));
}

/** Whole powers of ten. */
function logRange(_plot: uPlot, min: number | null, max: number | null): uPlot.Range.MinMax {
  const low = 10 ** Math.floor(Math.log10(Math.max(logMin, min ?? 0.1)));
  const high = 10 ** Math.ceil(Math.log10(Math.max(low * 10, max ?? 100)));
  return [low, high];
}

interface ChangeLook {
  readonly letterScale: number;
  readonly ink: string;
  readonly ground: string;
}

/** Of a label. */
const rowPx = 14;

function drawChanges(plot: uPlot, changes: readonly LeaderChange[], { ink, ground, letterScale }: ChangeLook): void {
  const { ctx, bbox } = plot;
  const dotsPerPx = devicePixelRatio * letterScale;
  ctx.save();
  ctx.strokeStyle = ink;
  ctx.font = `${changeLetterPx * dotsPerPx}px system-ui, sans-serif`;
  ctx.setLineDash([3 * dotsPerPx, 3 * dotsPerPx]);
  /** Where the last label ends, per line of them. */
  const endsPx = [0, 0, 0];
  for (const { time, nodeId, epoch } of changes) {
    const x = Math.round(plot.valToPos(time, 'x', true)) + 0.5;
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const text = `${nodeId}, epoch ${epoch}`;
    const textPx = ctx.measureText(text).width;
    const isLeft = x + textPx + 4 * dotsPerPx > bbox.left + bbox.width;
    const textX = x + (isLeft ? -4 : 4) * dotsPerPx;
    ctx.textAlign = isLeft ? 'right' : 'left';
    const startPx = isLeft ? textX - textPx : textX;
    const row = Math.max(
      0,
      endsPx.findIndex((endPx) => endPx < startPx),
    );
    endsPx[row] = startPx + textPx;
    const topPx = bbox.top + row * rowPx * dotsPerPx;
    ctx.fillStyle = ground;
    ctx.fillRect(startPx, topPx, textPx, rowPx * dotsPerPx);
    ctx.fillStyle = ink;
    ctx.fillText(text, textX, topPx + changeLetterPx * dotsPerPx);
  }
  ctx.restore();
}
