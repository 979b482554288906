/** The charts of a report: throughput and latency against concurrency, latency distributions, batches, memory over time. */

import type { Measurement, Series } from '../results.ts';
import { median } from '../statistics.ts';
import { count, fixed, megabytes, ms, short } from './format.ts';
import type { Report } from './report.ts';
import { linearScale, logScale, ninesOf } from './scales.ts';
import { barChart, lineChart } from './svg-chart.ts';
import type { Bar, ChartLine } from './svg-chart.ts';

export interface Chart {
  readonly title: string;
  readonly text: string;
  readonly svg: string;
  /** The legend of the chart; empty for bars, which have their names beside them. */
  readonly systems: readonly ChartSystem[];
}

export interface ChartSystem {
  readonly id: string;
  readonly title: string;
  readonly colour: number;
  readonly isDashed: boolean;
}

/** Dashed: a second way to use the same server, and the bare handler. */
const dashed = new Set(['etcd-json', 'redis-wait-2', 'bare']);

export function reportCharts(report: Report): readonly Chart[] {
  const systems = [...report.titles].map(([id, title], colour): ChartSystem => ({ id, title, colour, isDashed: dashed.has(id) }));
  const of = (scenario: string): readonly Measurement[] => report.measurements.filter((each) => each.scenario === scenario);
  return [
    againstConcurrency(of('single'), systems, {
      value: 'messagesPerSecond',
      title: 'Throughput against concurrency',
      text: 'Messages of 100 bytes acknowledged per second, one per request',
      format: count,
    }),
    againstConcurrency(of('single'), systems, {
      value: 'p99Ms',
      title: 'Latency against concurrency',
      text: 'p99 of the same requests, in milliseconds, logarithmic',
      format: fixed,
    }),
    ...['1 writer', '64 writers'].map((variant) =>
      distribution(of('single'), systems, { variant, title: `Latency of one append, ${variant}` }),
    ),
    bars(of('batches'), systems),
    memory(of('delayed'), systems),
  ].filter((chart) => chart !== undefined);
}

/** Medians over the rounds, by variant. */
function medians(measurements: readonly Measurement[], value: string): Map<string, number> {
  const rounds = new Map<string, number[]>();
  for (const { variant, values } of measurements) {
    const each = values[value];
    if (each !== undefined) rounds.set(variant, [...(rounds.get(variant) ?? []), each]);
  }
  return new Map([...rounds].map(([variant, values]) => [variant, median(values)]));
}

interface ConcurrencyChart {
  readonly value: 'messagesPerSecond' | 'p99Ms';
  readonly title: string;
  readonly text: string;
  readonly format: (value: number) => string;
}

function againstConcurrency(
  measurements: readonly Measurement[],
  systems: readonly ChartSystem[],
  { value, title, text, format }: ConcurrencyChart,
): Chart | undefined {
  const writers = [...new Set(measurements.map(({ variant }) => Number.parseInt(variant, 10)))].toSorted((a, b) => a - b);
  if (writers.length < 2) return undefined;
  const xOf = (variant: string): number => 0.04 + (0.92 * writers.indexOf(Number.parseInt(variant, 10))) / (writers.length - 1);
  const lines = systems.map((system): ChartLine => {
    const points = [...medians(ofSystem(measurements, system), value)].map(([variant, each]) => ({
      x: xOf(variant),
      value: each,
      label: `${variant}, ${format(each)}`,
    }));
    return { ...system, points: points.toSorted((a, b) => a.x - b.x) };
  });
  const all = lines.flatMap(({ points }) => points.map((point) => point.value)).filter((each) => each > 0);
  return {
    title,
    text,
    systems: systems.filter((system) => ofSystem(measurements, system).length > 0),
    svg: lineChart({
      title,
      lines: lines.filter(({ points }) => points.length > 0),
      xTicks: writers.map((each) => ({ x: xOf(String(each)), label: String(each) })),
      xTitle: 'concurrent writers',
      y: value === 'p99Ms' ? logScale(Math.min(...all), Math.max(...all)) : linearScale(Math.max(...all)),
      yFormat: short,
    }),
  };
}

const ninesMax = 4;
const percentileTicks = [50, 90, 99, 99.9, 99.99];

function distribution(
  measurements: readonly Measurement[],
  systems: readonly ChartSystem[],
  { variant, title }: { readonly variant: string; readonly title: string },
): Chart | undefined {
  const found = measurements.filter((each) => each.variant === variant && each.curve !== undefined);
  const lines = systems.map((system): ChartLine => {
    const atPercentile = new Map<number, number[]>();
    const rounds = ofSystem(found, system);
    for (const { curve = [] } of rounds)
      for (const [percentile, value] of curve) atPercentile.set(percentile, [...(atPercentile.get(percentile) ?? []), value]);
    const points = [...atPercentile]
      // Percentiles for which only the faster rounds have enough requests would bend the curve.
      .filter(([percentile, values]) => ninesOf(percentile) <= ninesMax && values.length === rounds.length)
      .toSorted(([a], [b]) => a - b)
      .map(([percentile, values]) => ({
        x: ninesOf(percentile) / ninesMax,
        value: Math.max(median(values), 0.001),
        label: `p${percentile}, ${ms(median(values))}`,
      }));
    return { ...system, points };
  });
  const all = lines.flatMap(({ points }) => points.map((point) => point.value));
  if (all.length === 0) return undefined;
  return {
    title,
    text: 'Milliseconds by percentile, both logarithmic: medians over the rounds',
    systems: systems.filter((system) => ofSystem(found, system).length > 0),
    svg: lineChart({
      title,
      lines: lines.filter(({ points }) => points.length > 0),
      xTicks: percentileTicks.map((percentile) => ({ x: ninesOf(percentile) / ninesMax, label: `p${percentile}` })),
      xTitle: 'percentile',
      y: logScale(Math.min(...all), Math.max(...all)),
      yFormat: short,
    }),
  };
}

function bars(measurements: readonly Measurement[], systems: readonly ChartSystem[]): Chart | undefined {
  const rows = systems.flatMap((system): Bar[] => {
    const rates = ofSystem(measurements, system).map(({ values }) => values['messagesPerSecond'] ?? 0);
    if (rates.length === 0) return [];
    const spread = rates.length > 1 ? ([Math.min(...rates), Math.max(...rates)] as const) : undefined;
    return [{ ...system, value: median(rates), text: `${count(median(rates))} per second`, spread }];
  });
  if (rows.length === 0) return undefined;
  const title = 'Batches';
  return { title, text: '100 messages of 100 bytes per request, 8 requests in flight', systems: [], svg: barChart({ title, bars: rows }) };
}

function memory(measurements: readonly Measurement[], systems: readonly ChartSystem[]): Chart | undefined {
  const found = measurements.filter((each) => each.series !== undefined);
  const all = found.flatMap(({ series = [] }) => series);
  if (all.length === 0) return undefined;
  const seconds = Math.max(...all.map(([second]) => second), 1);
  const title = "The leader's memory beside a delayed follower";
  const points = (series: Series): ChartLine['points'] =>
    series.map(([second, value]) => ({ x: second / seconds, value, label: `${fixed(second)} s, ${megabytes(value)}` }));
  return {
    title,
    text: 'Resident megabytes while writers wait for the leader alone',
    systems: systems.filter((system) => ofSystem(found, system).length > 0),
    svg: lineChart({
      title,
      lines: systems.flatMap((system) => ofSystem(found, system).map(({ series = [] }) => ({ ...system, points: points(series) }))),
      xTicks: linearScale(seconds)
        .ticks.filter((tick) => tick <= seconds)
        .map((tick) => ({ x: tick / seconds, label: `${short(tick)} s` })),
      xTitle: 'seconds',
      y: linearScale(Math.max(...all.map(([, value]) => value))),
      yFormat: short,
    }),
  };
}

function ofSystem(measurements: readonly Measurement[], { id }: ChartSystem): readonly Measurement[] {
  return measurements.filter(({ system }) => system === id);
}
