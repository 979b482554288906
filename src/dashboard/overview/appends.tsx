/** The last appends, of this page and of others, each as a timeline. */

import './appends.css';
import { Fragment } from 'preact';
import { useState } from 'preact/hooks';
import { clockText } from '../data/clock.ts';
import { count, duration } from '../data/numbers.ts';
import { useCluster } from '../data/use-cluster.ts';
import { useTicks } from '../data/use-ticks.ts';
import { AppendRowView } from './append-row.tsx';
import { appendWords, placeText } from './append-words.ts';
import type { AppendRow } from './append-row-model.ts';
import { epochStarts } from './epoch-spans.ts';
import type { EpochStart } from './epoch-spans.ts';
import { axisTicks, placeOnAxis, timeAxis } from './time-axis.ts';
import type { TimeAxis, TimeScale } from './time-axis.ts';
import { appends, pageClock, useAppends } from './use-appends.ts';
import { useEpochs } from './use-epochs.ts';

/** So many are shown with their nodes' names and times; those before them small. */
const largeRows = 4;
const waitingShown = 5;

export function Appends() {
  const rows = useAppends();
  const { nodes } = useCluster();
  const inLine = rows.filter((row) => row.state === 'in line');
  const shown = rows.filter((row) => row.state !== 'in line');
  useTicks(shown.some(isOpen) ? 100 : undefined);
  const now = pageClock();
  const starts = epochStarts(useEpochs());
  const [scale, setScale] = useState<TimeScale>();
  const axis = timeAxis(
    shown.flatMap((row) => timesOf(row, now)),
    scale,
  );
  if (rows.length === 0) {
    return (
      <section class="panel" aria-labelledby="appends-title">
        <h2 id="appends-title">Recent appends</h2>
        <p class="soft">Append something, here or with curl, and see when each node had it and which nodes the answer waited for.</p>
      </section>
    );
  }
  return (
    <section class="panel appends" aria-labelledby="appends-title">
      <div class="panel-head">
        <h2 id="appends-title">Recent appends</h2>
        <ScaleChoice scale={axis.scale} onScale={setScale} />
        <ul class="legend small soft">
          <li class="key-bar">on a node’s disk</li>
          <li class="key-met">enough nodes (w)</li>
          <li class="key-answered">answered</li>
        </ul>
      </div>
      <Announcement newest={rows.find(({ isOwn }) => isOwn)} />
      {inLine.length > 0 && <Line rows={inLine} />}
      <TimeTicks axis={axis} />
      <ol>
        {shown.map((row, index) => (
          <Fragment key={`${row.isOwn ? 'own' : 'other'} ${row.id}`}>
            {starts
              .filter(({ at }) => at > row.sentAt && at <= (shown[index - 1]?.sentAt ?? Infinity))
              .toReversed()
              .map((start) => (
                <EpochLine key={start.epoch} start={start} />
              ))}
            <AppendRowView row={row} nodes={nodes} now={now} axis={axis} isLarge={index < largeRows || row.state === 'under way'} />
          </Fragment>
        ))}
      </ol>
    </section>
  );
}

/** On a linear axis, twice as long is twice the time; on a logarithmic one, what is quick can be seen beside what is slow. */
function ScaleChoice({ scale, onScale }: { readonly scale: TimeScale; readonly onScale: (scale: TimeScale) => void }) {
  return (
    <div class="scale-choice small" role="group" aria-label="Time axis">
      {(['linear', 'log'] as const).map((each) => (
        <button key={each} type="button" aria-pressed={scale === each} onClick={() => onScale(each)}>
          {each}
        </button>
      ))}
    </div>
  );
}

/** Read aloud: how the newest append of this page ended. Of a burst that is only the last. */
function Announcement({ newest }: { readonly newest: AppendRow | undefined }) {
  return (
    <p class="visually-hidden" role="status">
      {(newest?.state === 'answered' || newest?.state === 'failed') && endText(newest)}
    </p>
  );
}

function endText(row: AppendRow): string {
  const { headline, detail } = appendWords(row, { now: 0, before: 0 });
  return `${placeText(row)}: ${headline}${row.state === 'failed' && detail !== undefined ? `: ${detail}` : ''}`;
}

/** Between the appends of one leader and those of the next. */
function EpochLine({ start: { at, epoch, leaderId, leaderlessMs } }: { readonly start: EpochStart }) {
  return (
    <li class="epoch-line small">
      <span>
        {clockText(at)} <strong>epoch {count(epoch)}</strong>: {leaderId} leads
        {leaderlessMs !== undefined && `, after ${duration(leaderlessMs)} without a leader`}
      </span>
    </li>
  );
}

/** Those that are not sent yet. */
function Line({ rows }: { readonly rows: readonly AppendRow[] }) {
  const next = rows.toReversed().slice(0, waitingShown);
  return (
    <div class="line small">
      <p>
        <strong>{count(rows.length)} queued</strong> <span class="soft">(three are sent at a time): </span>
        <span class="mono">{next.map((row) => row.messages[0] ?? '').join(', ')}</span>
        {rows.length > next.length && '…'}
      </p>
      <button type="button" onClick={() => appends.clearLine()}>
        Clear the queue
      </button>
    </div>
  );
}

function TimeTicks({ axis }: { readonly axis: TimeAxis }) {
  return (
    <div class="append-grid time-axis small soft" aria-hidden="true">
      <span>since it got its offset</span>
      <span class="time-ticks">
        {axisTicks(axis).map(({ ms, label }) => (
          <span key={ms} style={{ left: `${placeOnAxis(ms, axis) * 100}%` }}>
            {label}
          </span>
        ))}
      </span>
      <span />
    </div>
  );
}

/** Something of it can still come. */
function isOpen(row: AppendRow): boolean {
  return row.state === 'under way' || (row.timeline !== undefined && row.timeline.held.length < row.members.length);
}

function timesOf(row: AppendRow, now: number): number[] {
  const times = [...(row.timeline?.held.map(({ ms }) => ms) ?? []), row.timeline?.answeredMs ?? 0];
  if (row.state === 'under way') times.push(now - row.sentAt);
  return times;
}
