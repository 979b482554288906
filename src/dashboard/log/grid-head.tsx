/** The names of the columns; those of nodes with how far the nodes are. */

import { timeText } from '../data/clock.ts';
import { count } from '../data/numbers.ts';
import type { NodeView } from '../data/types.ts';
import { NodeName } from '../parts/node-name.tsx';
import { nodeSlot } from '../style/colours.ts';
import { heldEnd } from './cell-state.ts';
import type { LogRows } from './log-rows.ts';

export interface GridHeadProps {
  readonly rows: LogRows;
  readonly isNarrow: boolean;
  /** Why a node's entries could not be read, if so. */
  readonly problemOf: (nodeId: string) => string | undefined;
}

export function GridHead({ rows, isNarrow, problemOf }: GridHeadProps) {
  const { isAll, nodes, main } = rows;
  const end = Math.max(0, ...nodes.map(heldEnd));
  const shown = isNarrow ? nodes.filter((node) => node === main) : nodes;
  return (
    <div role="rowgroup" class="head">
      <div role="row" class="row" aria-rowindex={1}>
        <div role="columnheader" class="cell offset">
          Offset
        </div>
        {!isNarrow && (
          <div role="columnheader" class="cell epoch">
            Epoch
          </div>
        )}
        {(!isNarrow || !isAll) && (
          <div role="columnheader" class="cell time">
            {isNarrow ? 'Age' : 'Time'}
          </div>
        )}
        {!isNarrow && !isAll && (
          <div role="columnheader" class="cell time">
            Age
          </div>
        )}
        {isNarrow && isAll && (
          <div role="columnheader" class="cell dots">
            Nodes
          </div>
        )}
        {shown.map((node) => (
          <div
            key={node.id}
            role="columnheader"
            class="cell column"
            data-node={nodeSlot(node.index)}
            data-gone={!node.isReachable || undefined}
          >
            <NodeName node={node} />{' '}
            <StateOf text={problemOf(node.id) ?? stateText(node, { end, isAll, isMain: node === main })} why={whyGone(node)} />
          </div>
        ))}
      </div>
    </div>
  );
}

function StateOf({ text, why }: { readonly text: string; readonly why: string | undefined }) {
  return (
    <span class="small state" title={why ?? text}>
      {text}
    </span>
  );
}

/** In full, as a tooltip. */
function whyGone({ id, isReachable, heardAt, goneReason }: NodeView): string | undefined {
  if (isReachable) return undefined;
  const since = heardAt === undefined ? '' : ` since ${timeText(heardAt)}`;
  return `no contact with ${id}${since}${goneReason === undefined ? '' : `: ${goneReason}`}`;
}

function stateText(
  node: NodeView,
  { end, isAll, isMain }: { readonly end: number; readonly isAll: boolean; readonly isMain: boolean },
): string {
  const held = heldEnd(node);
  if (!node.isReachable) {
    return `${node.absence ?? 'no contact'} (${held === 0 ? 'no entries' : `last offset ${count(held - 1)}`})`;
  }
  const role = node.health?.role === 'leader' ? 'leads' : node.health?.role === 'candidate' ? 'candidate' : '';
  const behind = isAll && end > held ? `${count(end - held)} behind` : isAll && !isMain ? 'up to date' : '';
  return [role, behind].filter((part) => part !== '').join(', ');
}
