/** One offset of the log: what each column's node holds there. */

import { count } from '../data/numbers.ts';
import { cellState } from './cell-state.ts';
import { EntryCell } from './entry-cell.tsx';
import { EntryDetail } from './entry-detail.tsx';
import type { HeldBy } from './entry-detail.tsx';
import type { LogEntry } from './log-entry.ts';
import type { LogRows } from './log-rows.ts';
import { NodeDots } from './node-dots.tsx';
import { agoText, clockText, dayText } from '../data/clock.ts';
import { variantsOf } from './variants.ts';

export interface RowLook {
  readonly rows: LogRows;
  readonly isNarrow: boolean;
  readonly charsMax: number;
  readonly charsSeen: number;
  /** Without colours: quick to draw. */
  readonly isPlain: boolean;
  readonly pattern: RegExp | undefined;
  readonly now: number;
  readonly entryOf: (nodeId: string, offset: number) => LogEntry | undefined;
}

export interface LogRowProps extends RowLook {
  readonly offset: number;
  readonly isActive: boolean;
  readonly isOpen: boolean;
  readonly onHeight: (offset: number, px: number) => void;
}

export function rowId(offset: number): string {
  return `entry-${offset}`;
}

export function LogRow({ offset, isActive, isOpen, onHeight, ...look }: LogRowProps) {
  const { rows, isNarrow, now, entryOf } = look;
  const anyEntry = entryAt(look, offset);
  const cells = rows.nodes.map((node): HeldBy => {
    const entry = entryOf(node.id, offset);
    return { node, state: cellState(node, { offset, entry, anyEntry, committedEnd: rows.committedEnd }) };
  });
  const before = offset > 0 ? entryAt(look, offset - 1) : undefined;
  const newEpoch = anyEntry !== undefined && before !== undefined && before.epoch !== anyEntry.epoch ? anyEntry.epoch : undefined;
  return (
    <div
      role="row"
      id={rowId(offset)}
      class="row"
      aria-rowindex={offset + 2}
      aria-selected={isActive}
      data-open={isOpen || undefined}
      data-epoch-begins={newEpoch !== undefined || undefined}
      data-offset={offset}
    >
      <div role="rowheader" class="cell offset">
        {count(offset)}
        {isNarrow && newEpoch !== undefined && <span class="epoch-begins">epoch {newEpoch}</span>}
      </div>
      {!isNarrow && (
        <div role="gridcell" class="cell epoch">
          {anyEntry?.epoch}
        </div>
      )}
      <TimeCells entry={anyEntry} isNarrow={isNarrow} isAll={rows.isAll} now={now} />
      {isNarrow && rows.isAll && <NodeDots nodes={rows.nodes} offset={offset} isCommitted={offset < rows.committedEnd} />}
      <MessageCells look={look} cells={cells} isOpen={isOpen} />
      {isOpen && <EntryDetail offset={offset} cells={cells} now={now} onHeight={onHeight} />}
    </div>
  );
}

interface MessageCellsProps {
  readonly look: RowLook;
  readonly cells: readonly HeldBy[];
  readonly isOpen: boolean;
}

function MessageCells({ look: { rows, isNarrow, charsMax, charsSeen, isPlain, pattern }, cells, isOpen }: MessageCellsProps) {
  const isOne =
    variantsOf(cells.map(({ node, state }) => ({ nodeId: node.id, entry: state.kind === 'entry' ? state.entry : undefined }))).length <= 1;
  const shown = isNarrow ? cells.filter(({ node }) => node === rows.main) : cells;
  return shown.map(({ node, state }) => (
    <EntryCell
      key={node.id}
      state={state}
      charsMax={charsMax}
      charsSeen={charsSeen}
      isPlain={isPlain}
      pattern={pattern}
      isDifferent={!isOne && state.kind === 'entry'}
      isExpanded={node === rows.main ? isOpen : undefined}
    />
  ));
}

interface TimeCellsProps {
  readonly entry: LogEntry | undefined;
  readonly isNarrow: boolean;
  readonly isAll: boolean;
  readonly now: number;
}

/** Where there is room, the time of the day and how long ago; else one of them. */
function TimeCells({ entry, isNarrow, isAll, now }: TimeCellsProps) {
  if (isNarrow && isAll) return null;
  const title = entry && `${dayText(entry.timestampMs)} ${clockText(entry.timestampMs)}, ${agoText(entry.timestampMs, now)}`;
  return (
    <>
      {!isNarrow && (
        <div role="gridcell" class="cell time" title={title}>
          {entry && clockText(entry.timestampMs)}
        </div>
      )}
      {(isNarrow || !isAll) && (
        <div role="gridcell" class="cell time" title={title}>
          {entry && agoText(entry.timestampMs, now)}
        </div>
      )}
    </>
  );
}

/** Of the main node, or of any that was read there. */
function entryAt({ rows, entryOf }: RowLook, offset: number): LogEntry | undefined {
  const main = rows.main && entryOf(rows.main.id, offset);
  if (main !== undefined) return main;
  for (const { id } of rows.nodes) {
    const entry = entryOf(id, offset);
    if (entry !== undefined) return entry;
  }
  return undefined;
}
