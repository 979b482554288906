/** What one node's column shows at one offset. */

import type { CellState } from './cell-state.ts';
import { JsonLine } from './json-line.tsx';

export interface EntryCellProps {
  readonly state: CellState;
  readonly charsMax: number;
  readonly charsSeen: number;
  /** Without colours: quick to draw. */
  readonly isPlain: boolean;
  readonly pattern: RegExp | undefined;
  /** Other nodes hold another entry at this offset. */
  readonly isDifferent: boolean;
  /** Opens the row; only one cell of a row says so. */
  readonly isExpanded?: boolean | undefined;
}

export function EntryCell({ state, charsMax, charsSeen, isPlain, pattern, isDifferent, isExpanded }: EntryCellProps) {
  return (
    <div
      role="gridcell"
      class="cell"
      data-kind={kindOf(state)}
      data-differs={isDifferent || undefined}
      aria-expanded={isExpanded}
      title={state.kind === 'gone' ? absentText(state) : undefined}
    >
      {state.kind === 'entry' ? (
        <>
          {!state.isCommitted && <Mark sign="◌" title="Not committed: no majority has it yet" />}
          {isDifferent && <Mark sign="≠" title="Other nodes have another entry here" />}
          {state.isStale && <span class="visually-hidden">As the node last had it:</span>}
          {isPlain ? (
            <span class="json">{state.entry.text.slice(0, charsMax)}</span>
          ) : (
            <JsonLine
              text={state.entry.text}
              textLength={state.entry.textLength}
              charsMax={charsMax}
              charsSeen={charsSeen}
              pattern={pattern}
            />
          )}
        </>
      ) : (
        <span class={`absent${state.kind === 'gone' ? ' visually-hidden' : ''}`}>{absentText(state)}</span>
      )}
    </div>
  );
}

function Mark({ sign, title }: { readonly sign: string; readonly title: string }) {
  return (
    <span class="cell-sign" title={title}>
      <span aria-hidden="true">{sign}</span>
      <span class="visually-hidden">{title}: </span>
    </span>
  );
}

function kindOf(state: CellState): string {
  if (state.kind === 'gone') return state.hadIt ? 'gone-had' : 'gone';
  if (state.kind !== 'entry') return state.kind;
  if (state.isStale) return 'stale';
  return state.isCommitted ? 'entry' : 'uncommitted';
}

export function absentText(state: Exclude<CellState, { kind: 'entry' }>): string {
  switch (state.kind) {
    case 'loading':
      return 'reading…';
    case 'waiting':
      return 'its writer still waits';
    case 'notHere':
      return 'not here yet';
    case 'trimmed':
      return 'trimmed';
    case 'gone':
      return state.hadIt ? 'gone; it had an entry here' : 'gone; it had no entry here';
  }
}
