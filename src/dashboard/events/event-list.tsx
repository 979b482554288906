/** What happened to the cluster, the newest first. */

import { agoText, clockText, timeText } from '../data/clock.ts';
import type { Happening } from '../data/what-happened.ts';
import { useCluster, useWhatHappened } from '../data/use-cluster.ts';
import { useNow } from '../data/use-now.ts';
import { nodeSlot } from '../style/colours.ts';
import './events.css';

const signs = { good: '✓', plain: '·', warn: '!', bad: '✕' } as const;

export interface EventListProps {
  /** So many of the newest. */
  readonly countMax: number;
}

export function EventList({ countMax }: EventListProps) {
  const { items } = useWhatHappened();
  const { nodes } = useCluster();
  const now = useNow();
  const shown = items.slice(-countMax).toReversed();
  return (
    <section class="panel events" aria-labelledby="events-title">
      <div class="panel-head">
        <h2 id="events-title">What happened</h2>
        {items.length > shown.length && (
          <p class="small soft">
            the last {shown.length} of {items.length}
          </p>
        )}
      </div>
      {shown.length === 0 ? (
        <p class="soft">Nothing yet. When nodes go down or come back, or a new epoch begins, it is listed here.</p>
      ) : (
        <ol class="event-list" tabIndex={0} aria-label="What happened, the newest first">
          {shown.map((item) => (
            <Event key={`${item.at} ${item.text}`} item={item} now={now} slot={slotOf(item, nodes)} />
          ))}
        </ol>
      )}
    </section>
  );
}

function slotOf({ about }: Happening, nodes: readonly { readonly id: string; readonly index: number }[]): number | undefined {
  const node = nodes.find(({ id }) => id === about);
  return node && nodeSlot(node.index);
}

interface EventProps {
  readonly item: Happening;
  readonly now: number;
  readonly slot: number | undefined;
}

function Event({ item: { at, tone, text, times }, now, slot }: EventProps) {
  return (
    <li data-tone={tone} data-node={slot}>
      <time dateTime={new Date(at).toISOString()} title={`${clockText(at)}, ${agoText(at, now)}`}>
        {timeText(at, now)}
      </time>
      <span class="event-sign" aria-hidden="true">
        {signs[tone]}
      </span>
      <span>
        {text}
        {times > 1 && <span class="soft"> ({times} times)</span>}
      </span>
      <span class="soft small event-ago">{agoText(at, now)}</span>
    </li>
  );
}
