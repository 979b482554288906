/** One append, of this page or of somebody else, as a timeline: a bar for each node until it had it, and lines where enough nodes had it and where it was answered. */

import { count, duration } from '../data/numbers.ts';
import type { NodeView } from '../data/types.ts';
import { nodeSlot } from '../style/colours.ts';
import { appendWords, placeText } from './append-words.ts';
import type { AppendRow } from './append-row-model.ts';
import { placeOnAxis } from './time-axis.ts';
import type { TimeAxis } from './time-axis.ts';
import { appends } from './use-appends.ts';

interface AppendRowProps {
  readonly row: AppendRow;
  readonly nodes: readonly NodeView[];
  /** By the page's clock. */
  readonly now: number;
  readonly axis: TimeAxis;
  readonly isLarge: boolean;
}

export function AppendRowView({ row, nodes, now, axis, isLarge }: AppendRowProps) {
  const { tone, headline, detail, code } = appendWords(row, { now, before: 0 });
  const first = row.messages[0] ?? (row.state === 'under way' ? '…' : '');
  return (
    <li class="append-grid append-row" data-large={isLarge} data-state={row.state} data-own={row.isOwn}>
      <div class="append-what">
        <span class="mono message" title={first}>
          {row.entryCount > 1 ? `${count(row.entryCount)} × ${first}` : first}
        </span>
        <span class="small soft">
          {row.isOwn && <span class="yours">yours</span>}
          {placeText(row)}
          {row.nodeId !== row.leaderId && `, through ${row.nodeId}`}
        </span>
      </div>
      <Track row={row} nodes={nodes} now={now} axis={axis} isLarge={isLarge} />
      <div class="append-words small">
        <p data-tone={tone}>{headline}</p>
        {detail !== undefined && <p class="soft">{detail}</p>}
        {code !== undefined && (
          <p>
            <code>{code}</code>
          </p>
        )}
        {row.isOwn && row.state === 'under way' && (
          <button type="button" class="quiet" onClick={() => appends.giveUp(row.id)}>
            Stop waiting
          </button>
        )}
      </div>
    </li>
  );
}

function Track({ row, nodes, now, axis, isLarge }: AppendRowProps) {
  const { timeline, members, state } = row;
  const percent = (ms: number): string => `${placeOnAxis(ms, axis) * 100}%`;
  if (timeline === undefined) {
    const isWaiting = state === 'under way';
    return (
      <div class="track">
        {isWaiting ? (
          <span class="lane">
            <span class="bar waiting" style={{ width: percent(now - row.sentAt) }} />
          </span>
        ) : (
          <span class="lane none">{state === 'failed' && row.problem?.outcome === 'rejected' && 'not in the log'}</span>
        )}
      </div>
    );
  }
  const heldBy = new Map(timeline.held.map(({ node, ms }) => [node, ms]));
  const lanes = nodes.filter(({ id }) => members.includes(id) || heldBy.has(id));
  return (
    <div class="track">
      {lanes.map(({ id, index }) => {
        const ms = heldBy.get(id);
        const shownMs = ms ?? Math.max(0, now - row.sentAt);
        const isFar = placeOnAxis(shownMs, axis) > 0.55;
        return (
          <span key={id} class="lane" data-node={nodeSlot(index)}>
            <span class={ms === undefined ? 'bar waiting' : 'bar'} style={{ width: percent(shownMs) }} />
            <span
              class={isLarge ? 'lane-label' : 'visually-hidden'}
              data-far={isFar}
              style={isFar ? { right: `calc(100% - ${percent(shownMs)})` } : { left: percent(shownMs) }}
            >
              {id} {ms === undefined ? 'not yet' : duration(ms)}
            </span>
          </span>
        );
      })}
      {timeline.metMs !== undefined && <span class="met" style={{ left: percent(timeline.metMs) }} />}
      {timeline.answeredMs !== undefined && <span class="answered" style={{ left: percent(timeline.answeredMs) }} />}
    </div>
  );
}
