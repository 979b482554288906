/** The log, live: of one node, or of all beside each other. */

import { useCallback, useEffect, useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { cluster, useCluster } from '../data/use-cluster.ts';
import { hashFor, offsetIn } from './address.ts';
import { firstKept } from '../data/first-kept.ts';
import { visibleEnd as visibleEndOf } from './cell-state.ts';
import { GridPosition } from './grid-position.ts';
import { Loaded } from './loaded.ts';
import { LogGrid } from './log-grid.tsx';
import { logRows, rangesToLoad } from './log-rows.ts';
import type { Choice, LogRows } from './log-rows.ts';
import { ChoiceOfNode, FollowButton, GoTo } from './log-tools.tsx';
import { matchesOf } from './matches.ts';
import type { Range } from '../data/range.ts';
import { readPage } from './read-page.ts';
import { SearchBox } from './search-box.tsx';
import { ShownEnd } from './shown-end.ts';
import { nextOf } from './text-search.ts';
import { useMedia } from '../data/use-media.ts';
import { useNow } from '../data/use-now.ts';
import { useRedraw } from '../data/use-ticks.ts';
import { useSearch } from './use-search.ts';
import { useWholeSearch } from './use-whole-search.ts';
import './log.css';
import './entry.css';

const loaded = new Loaded(cluster, readPage);
/** About as many as are seen at the end. */
const tailRows = 40;
const wideLegend = 'Dashed: the node does not have it. Faded: the node is gone, and had it.';
const narrowLegend = '● has it  ○ not yet  ■ gone, had it  □ gone, did not have it.';

export function LogView() {
  const { nodes, leader } = useCluster();
  const [choice, setChoice] = useState<Choice>({ nodeId: undefined, level: 'default' });
  const [position] = useState(() => new GridPosition());
  const [active, setActive] = useState<number>();
  const [words, setWords] = useState('');
  const redraw = useRedraw();
  const now = useNow();
  const isNarrow = useMedia('(max-width: 44rem)');
  useEffect(() => loaded.subscribe(redraw), [redraw]);
  useEffect(() => () => loaded.loader.stop(), []);

  const [shownEnd] = useState(() => new ShownEnd());
  const all = logRows(nodes, leader, choice);
  const rows = {
    ...all,
    count: shownEnd.next({
      count: all.count,
      isFollowing: position.isFollowing,
      isRead: (end) => isRead(all, { start: end - tailRows, end }),
      nowMs: performance.now(),
    }),
  };
  const mainId = rows.main?.id;
  const cache = mainId === undefined ? undefined : loaded.loader.cacheOf(mainId);
  const search = useSearch(cache, words);
  const mainEnd = rows.main === undefined ? 0 : visibleEndOf(rows.main);
  const mainStart = rows.main === undefined ? 0 : firstKept(rows.main);
  const whole = useWholeSearch({ nodeId: mainId, pattern: search.pattern, logStart: mainStart, logEnd: mainEnd });
  const matches = useMemo(() => matchesOf(search, whole), [search.matches, whole.matches, whole.matchCount, whole.end]);

  const go = useGoing({
    end: leader === undefined ? undefined : all.count,
    shownEnd: rows.count,
    position,
    onMove: redraw,
    onArrival: (offset) => {
      setActive(offset);
      history.replaceState(history.state, '', hashFor(offset));
    },
  });
  const step = (direction: 1 | -1): void => {
    const next = nextOf(matches.offsets, active ?? position.seen.start - 1, direction);
    if (next === undefined) return;
    position.show(next, 'middle');
    setActive(next);
    redraw();
  };
  const entryOf = useCallback((nodeId: string, offset: number) => loaded.loader.cacheOf(nodeId).get(offset), []);
  const onSeen = (seen: Range): void => {
    const { target } = shownEnd;
    loaded.loader.load(rangesToLoad(all, target > rows.count ? { start: Math.max(0, target - tailRows), end: target } : seen));
  };

  return (
    <section class="panel log" aria-labelledby="log-title">
      <h2 id="log-title" class="visually-hidden">
        Log
      </h2>
      <div class="log-tools">
        <ChoiceOfNode nodes={nodes} choice={choice} onChoice={setChoice} />
        <GoTo end={all.count} onGo={go} />
        <SearchBox
          words={words}
          onWords={setWords}
          search={search}
          loadedCount={cache?.entryCount ?? 0}
          whole={whole}
          matches={matches}
          end={mainEnd}
          nodeId={mainId}
          at={active}
          onStep={step}
        />
      </div>
      <div class="grid-place">
        <LogGrid
          position={position}
          rows={rows}
          isNarrow={isNarrow}
          pattern={search.pattern}
          now={now}
          entryOf={entryOf}
          problemOf={problemText}
          active={active}
          onActive={setActive}
          onSeen={onSeen}
          onMove={redraw}
        />
        {all.count === 0 && <p class="empty soft">The log is empty. What you append appears here at once.</p>}
        {!position.isFollowing && (
          <FollowButton
            newCount={position.newCount}
            onFollow={() => {
              position.follow();
              redraw();
            }}
          />
        )}
      </div>
      <div class="small soft log-legend">
        <p>
          <span class="cell-sign" aria-hidden="true">
            ◌
          </span>{' '}
          not committed: no majority has it yet. {isNarrow ? narrowLegend : wideLegend} Click or Enter opens an entry.
        </p>
        <p>{position.isFollowing ? 'Following the end.' : 'Not following: new entries come at the end.'}</p>
      </div>
    </section>
  );
}

/** Whether nothing of these rows is still to be read. Of a node that cannot be read nothing is. */
function isRead(rows: LogRows, { start, end }: Range): boolean {
  return rangesToLoad(rows, { start: Math.max(0, start), end }).every(
    ({ nodeId, visibleEnd, ...range }) =>
      loaded.loader.problemOf(nodeId) !== undefined ||
      loaded.loader.cacheOf(nodeId).missing({ start: range.start, end: Math.min(range.end, visibleEnd) }).length === 0,
  );
}

interface Going {
  /** One past the last entry, once that is known. */
  readonly end: number | undefined;
  /** One past the last row that is drawn. */
  readonly shownEnd: number;
  readonly position: GridPosition;
  readonly onMove: () => void;
  readonly onArrival: (offset: number) => void;
}

/** @returns what leads to an offset; the one in the page's address is gone to at first, and when the address changes */
function useGoing({ end, shownEnd, position, onMove, onArrival }: Going): (offset: number) => void {
  const [wanted, setWanted] = useState(() => offsetIn(location.hash));
  useEffect(() => {
    const readHash = (): void => setWanted(offsetIn(location.hash));
    addEventListener('hashchange', readHash);
    return () => removeEventListener('hashchange', readHash);
  }, []);
  useLayoutEffect(() => {
    if (wanted === undefined || end === undefined) return;
    if (wanted >= shownEnd && wanted < end) {
      // Who follows the end sees rows when they were read; who goes somewhere need not wait for those.
      position.stay();
      onMove();
      return;
    }
    setWanted(undefined);
    // Beyond the end there is only the end.
    if (wanted >= end) return;
    position.show(wanted, 'middle');
    onArrival(wanted);
    onMove();
  });
  return setWanted;
}

function problemText(nodeId: string): string | undefined {
  const problem = loaded.loader.problemOf(nodeId);
  return problem instanceof Error ? `cannot be read now: ${problem.message}` : undefined;
}
