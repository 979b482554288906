/** An opened row: the message over many lines, who holds it, and since when. */

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { entryPath } from '../../api/paths.ts';
import { count } from '../data/numbers.ts';
import type { NodeView } from '../data/types.ts';
import { absentText } from './entry-cell.tsx';
import type { CellState } from './cell-state.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { NodeName } from '../parts/node-name.tsx';
import { JsonBlock } from './json-block.tsx';
import { isWhole } from './log-entry.ts';
import { readWhole } from './read-page.ts';
import { agoText, clockText, dayText } from '../data/clock.ts';
import { variantsOf } from './variants.ts';
import type { Variant } from './variants.ts';

export interface HeldBy {
  readonly node: NodeView;
  readonly state: CellState;
}

export interface EntryDetailProps {
  readonly offset: number;
  readonly cells: readonly HeldBy[];
  readonly now: number;
  readonly onHeight: (offset: number, px: number) => void;
}

export function EntryDetail({ offset, cells, now, onHeight }: EntryDetailProps) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) return;
    const measure = (): void => onHeight(offset, element.offsetHeight);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      observer.disconnect();
      // Who was in it when it scrolled out of sight goes on in the list.
      if (element.contains(document.activeElement)) element.closest<HTMLElement>('[role=grid]')?.focus({ preventScroll: true });
    };
  }, [offset, onHeight]);
  const variants = variantsOf(
    cells.map(({ node, state }) => ({ nodeId: node.id, entry: state.kind === 'entry' ? state.entry : undefined })),
  );
  const others = cells.flatMap(({ node, state }) => (state.kind === 'entry' ? [] : [{ node, text: absentText(state) }]));
  return (
    <div role="gridcell" class="detail" ref={place}>
      {variants.map((variant) => (
        <DetailOf key={`${variant.entry.epoch} ${variant.nodeIds.join()}`} variant={variant} cells={cells} now={now} />
      ))}
      {variants.length > 1 && <p class="small warn">The nodes differ here: an entry that is not committed will be replaced.</p>}
      {others.length > 0 && (
        <p class="small soft names">
          {others.map(({ node, text }) => (
            <span key={node.id}>
              <NodeName node={node} /> {text}
            </span>
          ))}
        </p>
      )}
    </div>
  );
}

function DetailOf({ variant, cells, now }: { readonly variant: Variant; readonly cells: readonly HeldBy[]; readonly now: number }) {
  const { entry, nodeIds } = variant;
  const holders = cells.filter(({ node }) => nodeIds.includes(node.id));
  const isCommitted = holders.some(({ state }) => state.kind === 'entry' && state.isCommitted);
  const { text, problem } = useWhole(variant);
  return (
    <div class="variant">
      <p class="small facts">
        <span>offset {count(entry.offset)}</span>
        <span>epoch {entry.epoch}</span>
        <span>
          {dayText(entry.timestampMs)} {clockText(entry.timestampMs)} ({agoText(entry.timestampMs, now)})
        </span>
        <span>{count(entry.textLength)} characters</span>
        <span class={isCommitted ? 'good' : 'warn'}>{isCommitted ? 'committed' : 'not committed yet'}</span>
        <span class="names">
          on{' '}
          {holders.map(({ node }) => (
            <NodeName key={node.id} node={node} />
          ))}
        </span>
      </p>
      {text === undefined ? (
        <p class="soft">{problem ?? 'Reading the whole message…'}</p>
      ) : (
        <>
          {/* It scrolls by itself, so it must be reachable with the keyboard. */}
          <div class="whole" tabIndex={0} role="group" aria-label={`Message ${entry.offset}`}>
            <JsonBlock text={text} />
          </div>
          <p class="copies">
            <CopyButton label="Copy JSON" text={text} />
            {holders[0] !== undefined && <CopyButton label="Copy curl" text={`curl ${holders[0].node.url}${entryPath(entry.offset)}`} />}
          </p>
        </>
      )}
    </div>
  );
}

/** The whole message, which of a long one is read now. */
function useWhole({ entry, nodeIds }: Variant): { readonly text: string | undefined; readonly problem: string | undefined } {
  const [read, setRead] = useState<{ readonly text?: string; readonly problem?: string }>({});
  const isHere = isWhole(entry);
  const [nodeId] = nodeIds;
  useEffect(() => {
    if (isHere || nodeId === undefined) return;
    const abort = new AbortController();
    readWhole(nodeId, entry.offset, abort.signal).then(
      (whole) => setRead({ text: whole.text }),
      (error: unknown) => {
        if (!abort.signal.aborted)
          setRead({ problem: `The whole message could not be read: ${error instanceof Error ? error.message : ''}` });
      },
    );
    return () => abort.abort();
  }, [isHere, nodeId, entry.offset, entry.epoch]);
  return { text: isHere ? entry.text : read.text, problem: read.problem };
}
