/** One chart: drawn, with its values at the cursor or now, and as a table for those who cannot see it. */

import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useSize } from '../data/use-size.ts';
import { onColours } from '../style/colours.ts';
import { ChartTable } from './chart-table.tsx';
import { plotOptions } from './plot.ts';
import type { PlotScale, PlotState } from './plot.ts';
import type { Line } from './chart-lines.ts';

export interface ChartProps {
  readonly title: string;
  readonly caption: ComponentChildren;
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly scale: PlotScale;
  /** With its unit. */
  readonly valueText: (value: number) => string;
  readonly axisText?: (value: number) => string;
  readonly state: PlotState;
  /** Of `times`: where the reader points, in any of the charts. */
  readonly cursor: number | undefined;
  readonly onCursor: (index: number | undefined) => void;
}

/** Where letters have their usual size. */
const heightPx = 200;

export function Chart({ title, caption, times, lines, scale, valueText, axisText = valueText, state, cursor, onCursor }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const { width, letterScale } = useSize(place);
  const titleId = useId();
  const plot = useRef<uPlot>(undefined);
  const latest = useRef({ state, onCursor });
  latest.current = { state, onCursor };
  const [colours, setColours] = useState(0);
  useEffect(() => onColours(() => setColours((count) => count + 1)), []);

  const shape = `${lines.map(({ label, colour }) => `${label} ${colour}`).join()} ${colours}`;
  useLayoutEffect(() => {
    if (place.current === null || width === 0) return;
    const options = plotOptions({
      shape: { lines, scale, axisText, width, height: heightPx * letterScale, letterScale },
      state: () => latest.current.state,
      onCursor: (index) => latest.current.onCursor(index),
    });
    const made = new uPlot(options, dataOf(times, lines), place.current);
    plot.current = made;
    return () => {
      plot.current = undefined;
      made.destroy();
    };
    // What changes with every second goes in below, without a new plot.
  }, [shape, scale, width, letterScale]);
  useLayoutEffect(() => {
    plot.current?.setData(dataOf(times, lines));
  }, [times, lines]);
  useLayoutEffect(() => {
    const made = plot.current;
    if (made === undefined || made.over.matches(':hover')) return;
    const time = cursor === undefined ? undefined : times[cursor];
    made.setCursor(time === undefined ? { left: -10, top: -10 } : { left: made.valToPos(time, 'x'), top: 0 }, false);
  }, [cursor, times]);

  return (
    <section class="panel chart" aria-labelledby={titleId}>
      <div class="panel-head">
        <h2 id={titleId}>{title}</h2>
        <Legend lines={lines} cursor={cursor} valueText={valueText} />
      </div>
      <div class="plot" ref={place} aria-hidden="true" />
      <p class="small soft caption">{caption}</p>
      <ChartTable title={title} times={times} lines={lines} end={state.end} valueText={valueText} />
    </section>
  );
}

interface LegendProps {
  readonly lines: readonly Line[];
  readonly cursor: number | undefined;
  readonly valueText: (value: number) => string;
}

/** The values at the pointer, or the newest. */
function Legend({ lines, cursor, valueText }: LegendProps) {
  return (
    <ul class="chart-legend small">
      {lines.map(({ label, colour, dash, values }) => {
        const value = cursor === undefined ? values.at(-1) : values[cursor];
        return (
          <li key={label} style={{ '--line-colour': `var(${colour})` }}>
            <svg width="22" height="8" aria-hidden="true">
              <line x1="0" x2="22" y1="4" y2="4" stroke-dasharray={dash.join(' ')} />
            </svg>
            {label} <b>{value === undefined || value === null ? '–' : valueText(value)}</b>
          </li>
        );
      })}
    </ul>
  );
}

function dataOf(times: readonly number[], lines: readonly Line[]): uPlot.AlignedData {
  return [[...times], ...lines.map(({ values }) => [...values])];
}
