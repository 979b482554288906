/** The last minute of a chart as a table, for screen readers. */

import { spreadOf } from './chart-rows.ts';
import type { Line } from './chart-lines.ts';

export interface ChartTableProps {
  readonly title: string;
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  /** Seconds since 1970. */
  readonly end: number;
  readonly valueText: (value: number) => string;
}

export function ChartTable({ title, times, lines, end, valueText }: ChartTableProps) {
  const first = times.findIndex((time) => time >= end - 60);
  return (
    <div class="visually-hidden">
      <table>
        <caption>{title}, in the last minute</caption>
        <thead>
          <tr>
            <th scope="col">Line</th>
            <th scope="col">Least</th>
            <th scope="col">Median</th>
            <th scope="col">Most</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ label, values }) => {
            const spread = first === -1 ? undefined : spreadOf(values.slice(first));
            return (
              <tr key={label}>
                <th scope="row">{label}</th>
                {spread === undefined ? (
                  <td colSpan={3}>no values</td>
                ) : (
                  [spread.min, spread.median, spread.max].map((value, index) => <td key={index}>{valueText(value)}</td>)
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
