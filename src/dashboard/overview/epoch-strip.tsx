/** The last minute as a band: who led in which epoch, when no node did, and the appends of that time. */

import './epochs.css';
import { count, duration } from '../data/numbers.ts';
import { useTicks } from '../data/use-ticks.ts';
import { nodeSlot } from '../style/colours.ts';
import type { AppendRow } from './append-row-model.ts';
import type { EpochSpan } from './epoch-spans.ts';
import { pageClock, useAppends } from './use-appends.ts';
import { useEpochs } from './use-epochs.ts';

const shownMs = 60_000;
const tickMs = 15_000;
const drawEveryMs = 500;
/** A band that is narrower has no room for words. */
const worded = 0.14;

export function EpochStrip() {
  const spans = useEpochs();
  const rows = useAppends();
  useTicks(drawEveryMs);
  const now = pageClock();
  const start = now - shownMs;
  const bands = spans
    .map((span, index) => ({ span, end: spans[index + 1]?.start ?? now }))
    .filter(({ end }) => end > start)
    .map(({ span, end }) => ({ span, end, left: place(span.start, start), width: place(end, start) - place(span.start, start) }));
  const marks = rows.filter(({ state, sentAt }) => state !== 'in line' && sentAt > start);
  return (
    <figure class="epochs" aria-labelledby="epochs-title">
      <figcaption id="epochs-title" class="small soft">
        Who led, in the last minute
      </figcaption>
      <div class="epoch-marks" aria-hidden="true">
        {marks.map((row) => (
          <span
            key={`${row.isOwn} ${row.id}`}
            data-state={row.state}
            title={markTitle(row)}
            style={{ left: `${place(row.sentAt, start) * 100}%` }}
          />
        ))}
      </div>
      <ol class="epoch-bands">
        {bands.map(({ span, end, left, width }) => (
          <li
            key={span.start}
            class="epoch-band"
            data-kind={span.kind}
            {...(span.leaderIndex !== undefined && { 'data-node': nodeSlot(span.leaderIndex) })}
            title={bandWords(span, end)}
            style={{ left: `${left * 100}%`, width: `${width * 100}%` }}
          >
            <span class={width < worded ? 'visually-hidden' : ''}>{width < worded ? bandWords(span, end) : shortWords(span)}</span>
          </li>
        ))}
      </ol>
      <div class="epoch-ticks small soft" aria-hidden="true">
        {Array.from({ length: shownMs / tickMs + 1 }, (_, index) => (
          <span key={index} style={{ left: `${((index * tickMs) / shownMs) * 100}%` }}>
            {index * tickMs === shownMs ? 'now' : `−${(shownMs - index * tickMs) / 1000} s`}
          </span>
        ))}
      </div>
    </figure>
  );
}

/** From 0 to 1. */
function place(at: number, start: number): number {
  return Math.min(1, Math.max(0, (at - start) / shownMs));
}

function shortWords({ kind, leaderId, epoch }: EpochSpan): string {
  if (kind === 'led') return `${leaderId ?? ''}, epoch ${count(epoch ?? 0)}`;
  return kind === 'leaderless' ? 'no leader' : 'no contact';
}

function bandWords(span: EpochSpan, end: number): string {
  const lasted = duration(end - span.start);
  if (span.kind === 'led') return `${span.leaderId ?? ''} led epoch ${count(span.epoch ?? 0)} for ${lasted}`;
  return span.kind === 'leaderless' ? `no leader for ${lasted}` : `no contact for ${lasted}`;
}

function markTitle({ state, messages }: AppendRow): string {
  return `${messages[0] ?? 'an append'}: ${state}`;
}
