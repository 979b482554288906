/** Search: at once in what is loaded, and in the whole log on request. */

import { count, entries } from '../data/numbers.ts';
import type { Matches } from './matches.ts';
import type { Search } from './use-search.ts';
import type { WholeSearch } from './use-whole-search.ts';

export interface SearchBoxProps {
  readonly words: string;
  readonly onWords: (words: string) => void;
  /** In what is loaded. */
  readonly search: Search;
  readonly loadedCount: number;
  readonly whole: WholeSearch;
  /** Of both searches. */
  readonly matches: Matches;
  /** One past the last entry that the node shows. */
  readonly end: number;
  readonly nodeId: string | undefined;
  /** The match at which the reader is. */
  readonly at: number | undefined;
  readonly onStep: (direction: 1 | -1) => void;
}

export function SearchBox({ words, onWords, search, loadedCount, whole, matches, end, nodeId, at, onStep }: SearchBoxProps) {
  const { offsets } = matches;
  const isAllLoaded = loadedCount >= end;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') onWords('');
    if (event.key !== 'Enter') return;
    event.preventDefault();
    if (offsets.length === 0 && whole.state === 'notBegun' && !isAllLoaded) whole.begin();
    else onStep(event.shiftKey ? -1 : 1);
  };
  return (
    <div class="tool" role="search">
      <label>
        <span class="name">Search</span>{' '}
        <input
          type="search"
          placeholder="search"
          value={words}
          onInput={(event) => onWords(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
      </label>
      <button type="button" class="compact" aria-label="Previous match" disabled={offsets.length === 0} onClick={() => onStep(-1)}>
        ↑
      </button>
      <button type="button" class="compact" aria-label="Next match" disabled={offsets.length === 0} onClick={() => onStep(1)}>
        ↓
      </button>
      {search.pattern !== undefined && (
        <Found
          place={at === undefined ? -1 : offsets.indexOf(at)}
          matches={matches}
          isDone={search.isDone}
          where={
            isAllLoaded
              ? `all ${entries(loadedCount)} of ${nodeId ?? 'no node'}`
              : `${count(loadedCount)} loaded ${loadedCount === 1 ? 'entry' : 'entries'} of ${nodeId ?? 'no node'}`
          }
          nodeId={nodeId}
          whole={whole}
        />
      )}
      {search.pattern !== undefined && !isAllLoaded && <WholeButton whole={whole} end={end} />}
    </div>
  );
}

interface FoundProps {
  /** Of the match at which the reader is; -1 if at none. */
  readonly place: number;
  readonly matches: Matches;
  readonly isDone: boolean;
  readonly where: string;
  readonly nodeId: string | undefined;
  readonly whole: WholeSearch;
}

/** What was found: read aloud when a search is over, not at each of its steps. */
function Found({ place, matches: { count: found, reachBeyond }, isDone, where, nodeId, whole }: FoundProps) {
  const andLoaded = reachBeyond ? ' and in what is loaded' : '';
  const number = place === -1 ? count(found) : `${count(place + 1)} of ${count(found)}`;
  if (whole.state === 'running') {
    return (
      <span class="small soft whole-search">
        <progress max={whole.logEnd} value={whole.end} aria-label="Searched so far" />
        {number} found in {count(whole.end)} of {entries(whole.logEnd)}
        {andLoaded}
      </span>
    );
  }
  return (
    <span class="small soft" role="status">
      {whole.state === 'notBegun' && `${number}${isDone ? '' : ' so far'} in ${where}`}
      {whole.state === 'stopped' && `${number} found in the first ${count(whole.end)} of ${entries(whole.logEnd)}${andLoaded}`}
      {whole.problem !== undefined && `; stopped: ${whole.problem}`}
      {whole.state === 'done' && `${number} found in all ${entries(whole.end)} of ${nodeId ?? 'no node'}${andLoaded}`}
    </span>
  );
}

function WholeButton({ whole: { state, begin, stop }, end }: { readonly whole: WholeSearch; readonly end: number }) {
  if (state === 'done') return null;
  if (state === 'running') {
    return (
      <button type="button" class="compact" onClick={stop}>
        Stop
      </button>
    );
  }
  return (
    <button type="button" class="compact" onClick={begin}>
      {state === 'stopped' ? 'Continue' : `Search all ${count(end)}`}
    </button>
  );
}
