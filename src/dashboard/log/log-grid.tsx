/**
 * The rows of the log that are in sight, as a grid for keyboards and screen readers. Only those are in the document, however
 * long the log is.
 */

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { count } from '../data/numbers.ts';
import { GridHead } from './grid-head.tsx';
import type { GridHeadProps } from './grid-head.tsx';
import type { GridPosition } from './grid-position.ts';
import { LogRow, rowId } from './log-row.tsx';
import type { RowLook } from './log-row.tsx';
import type { Range } from '../data/range.ts';
import { useSize } from '../data/use-size.ts';

/** When nothing has moved for so long, nobody is scrolling any more. */
const restMs = 200;
const detailFirstPx = 240;
/** Columns have a least width. */
const charsSeenMin = 14;
/** Of a monospaced letter, at least and at most. */
const letterPx = 7;
const wideLetterPx = 7.5;
/** Of the columns before the messages, and of the space around a message, at most. */
const columnsBeforePx = 350;
const aroundMessagePx = 24;

export interface LogGridProps extends Omit<RowLook, 'charsMax' | 'charsSeen' | 'isPlain'>, Pick<GridHeadProps, 'problemOf'> {
  readonly position: GridPosition;
  readonly active: number | undefined;
  readonly onActive: (offset: number) => void;
  /** After each drawing: the rows that are seen. */
  readonly onSeen: (seen: Range) => void;
  /** The position was changed. */
  readonly onMove: () => void;
}

export function LogGrid({ position, active, onActive, onSeen, onMove, problemOf, ...look }: LogGridProps) {
  const { rows, isNarrow } = look;
  const scroller = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const { width, height, letterScale } = useSize(scroller);
  const headPx = useSize(head).height;
  const [openPx, setOpenPx] = useState<ReadonlyMap<number, number>>(new Map());
  const rowPx = Math.round((isNarrow ? 36 : 28) * letterScale);
  position.resize({ count: rows.count, rowPx, viewPx: Math.max(0, height - headPx), openPx });
  /** The row that was opened just now, until its height is known. */
  const opened = useRef<{ readonly offset: number; isMeasured: boolean }>(undefined);
  if (opened.current !== undefined) {
    position.reveal(opened.current.offset);
    if (opened.current.isMeasured) opened.current = undefined;
  }
  const { start, end } = position.drawn;
  const columns = isNarrow ? 1 : rows.nodes.length;
  const charsMax = Math.min(400, Math.max(24, Math.ceil(width / columns / (letterPx * letterScale))));

  const columnPx = (width / letterScale - columnsBeforePx) / columns - aroundMessagePx;
  const charsSeen = Math.max(charsSeenMin, Math.floor(columnPx / wideLetterPx));

  useLayoutEffect(() => {
    const element = scroller.current;
    const { realPx } = position.scroll;
    if (element !== null && Math.abs(element.scrollTop - realPx) >= 1) element.scrollTop = realPx;
    onSeen(position.seen);
  });

  /** Every row is another one in each frame: colours come when the reader rests. */
  const isRushing = useRef(false);
  const rest = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(rest.current), []);
  const onScroll = (): void => {
    if (scroller.current === null) return;
    const before = position.scroll.topPx;
    position.scrolled(scroller.current.scrollTop);
    if (Math.abs(position.scroll.topPx - before) > height) isRushing.current = true;
    clearTimeout(rest.current);
    rest.current = setTimeout(() => {
      position.scroll.settle();
      isRushing.current = false;
      onMove();
    }, restMs);
    onMove();
  };

  const onHeight = useCallback((offset: number, px: number): void => {
    if (opened.current?.offset === offset) opened.current.isMeasured = true;
    setOpenPx((before) => (before.has(offset) && before.get(offset) !== px ? new Map(before).set(offset, px) : before));
  }, []);
  const toggle = (offset: number): void => {
    const next = new Map(openPx);
    if (!next.delete(offset)) {
      next.set(offset, detailFirstPx);
      opened.current = { offset, isMeasured: false };
    }
    setOpenPx(next);
    position.stay();
    onActive(offset);
  };
  const activate = (offset: number): void => {
    const index = Math.min(Math.max(offset, 0), rows.count - 1);
    if (index < 0) return;
    position.show(index, 'nearest');
    onActive(index);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget) {
      if (event.key === 'Escape') scroller.current?.focus({ preventScroll: true });
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { seen } = position;
    const isInSight = active !== undefined && active >= seen.start && active < seen.end;
    const from = isInSight ? active : undefined;
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => activate(from === undefined ? seen.start : from + 1),
      ArrowUp: () => activate(from === undefined ? seen.end - 1 : from - 1),
      PageDown: () => activate((from ?? seen.start) + position.rowsPerPage),
      PageUp: () => activate((from ?? seen.end) - position.rowsPerPage),
      Home: () => activate(0),
      End: () => activate(rows.count - 1),
      Enter: () => from !== undefined && toggle(from),
      ' ': () => from !== undefined && toggle(from),
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    move();
  };
  const onClick = (event: MouseEvent): void => {
    const target = event.target as Element;
    const row = target.closest<HTMLElement>('[data-offset]');
    // A click in an opened message, and one that ends a selection of text, are for the text.
    if (row === null || target.closest('.detail') !== null || getSelection()?.isCollapsed === false) return;
    toggle(Number(row.dataset['offset']));
  };

  const offsets = Array.from({ length: end - start }, (_, index) => start + index);
  const isActiveDrawn = active !== undefined && active >= start && active < end;
  return (
    <div
      ref={scroller}
      class="grid"
      role="grid"
      aria-label="Entries of the log"
      aria-rowcount={rows.count + 1}
      aria-activedescendant={isActiveDrawn ? rowId(active) : undefined}
      tabIndex={0}
      data-shape={shapeOf(look)}
      style={{ '--columns': columns, '--row-px': `${rowPx}px`, '--offset-ch': count(Math.max(0, rows.count - 1)).length }}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
      onClick={onClick}
    >
      <div ref={head} class="head-place" role="presentation">
        <GridHead rows={rows} isNarrow={isNarrow} problemOf={problemOf} />
      </div>
      <div role="rowgroup" class="body" style={{ height: `${position.scroll.realTotalPx}px` }}>
        <div role="presentation" class="rows" style={{ top: `${position.topOf(start)}px` }}>
          {offsets.map((offset) => (
            <LogRow
              key={offset}
              {...look}
              charsMax={charsMax}
              charsSeen={charsSeen}
              isPlain={isRushing.current}
              offset={offset}
              isActive={offset === active}
              isOpen={openPx.has(offset)}
              onHeight={onHeight}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

function shapeOf({ rows, isNarrow }: Pick<RowLook, 'rows' | 'isNarrow'>): string {
  return `${isNarrow ? 'narrow' : 'wide'}-${rows.isAll ? 'all' : 'one'}`;
}
