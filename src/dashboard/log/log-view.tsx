/** The log, live: of one node, or of all beside each other. */

import { useCallback, useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { cluster, useCluster } from '../data/use-cluster.ts';
import { hashFor, offsetIn } from './address.ts';
import { GridPosition } from './grid-position.ts';
import { Loaded } from './loaded.ts';
import { LogGrid } from './log-grid.tsx';
import { logRows, looksAt } from './log-rows.ts';
import type { Choice } from './log-rows.ts';
import { ChoiceOfNode, FollowButton, GoTo, SearchBox } from './log-tools.tsx';
import type { Range } from './range.ts';
import { readPage } from './read-page.ts';
import { nextOf } from './text-search.ts';
import { useMedia } from './use-media.ts';
import { useNow } from '../data/use-now.ts';
import { useSearch } from './use-search.ts';
import './log.css';

const loaded = new Loaded(cluster, readPage);

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

  const rows = logRows(nodes, leader, choice);
  const mainId = rows.main?.id;
  const cache = mainId === undefined ? undefined : loaded.loader.cacheOf(mainId);
  const search = useSearch(cache, words);

  const go = (offset: number): void => {
    position.show(offset, 'middle');
    setActive(offset);
    history.replaceState(history.state, '', hashFor(offset));
    redraw();
  };
  useWantedOffset(leader === undefined ? undefined : rows.count, go);
  const step = (direction: 1 | -1): void => {
    const next = nextOf(search.matches, active ?? position.seen.start - 1, direction);
    if (next === undefined) return;
    position.show(next, 'middle');
    setActive(next);
    redraw();
  };
  const entryOf = useCallback((nodeId: string, offset: number) => loaded.loader.cacheOf(nodeId).get(offset), []);
  const onSeen = (seen: Range): void => loaded.loader.look(looksAt(rows, seen));

  return (
    <section class="panel log" aria-labelledby="log-title">
      <h2 id="log-title" class="visually-hidden">
        Log
      </h2>
      <div class="log-tools">
        <ChoiceOfNode nodes={nodes} choice={choice} onChoice={setChoice} />
        <GoTo end={rows.count} onGo={go} />
        <SearchBox
          words={words}
          onWords={setWords}
          search={search}
          loadedCount={cache?.entryCount ?? 0}
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
        {rows.count === 0 && <p class="empty soft">The log is empty. What is written appears here at once.</p>}
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
      <div class="small soft legend">
        <p>
          <span class="sign" aria-hidden="true">
            ◌
          </span>{' '}
          not committed: no majority holds it yet. A dashed cell: the node does not hold the entry. A click or Enter opens an entry.
        </p>
        <p>{position.isFollowing ? 'Following the end.' : 'Staying here; the log goes on.'}</p>
      </div>
    </section>
  );
}

/** Goes to the offset in the page's address, once it is known how long the log is, and again when the address changes. */
function useWantedOffset(end: number | undefined, go: (offset: number) => void): void {
  const [wanted, setWanted] = useState(() => offsetIn(location.hash));
  useEffect(() => {
    const look = (): void => setWanted(offsetIn(location.hash));
    addEventListener('hashchange', look);
    return () => removeEventListener('hashchange', look);
  }, []);
  useLayoutEffect(() => {
    if (wanted === undefined || end === undefined) return;
    setWanted(undefined);
    // Beyond the end there is only the end.
    if (wanted < end) go(wanted);
  });
}

/** For what lies outside of hooks. */
function useRedraw(): () => void {
  const [, setCount] = useState(0);
  return useCallback(() => setCount((count) => count + 1), []);
}

function problemText(nodeId: string): string | undefined {
  const problem = loaded.loader.problemOf(nodeId);
  return problem instanceof Error ? `cannot be read now: ${problem.message}` : undefined;
}
