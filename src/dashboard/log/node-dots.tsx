/** All nodes in one narrow cell, for narrow screens: a dot for each, filled where the node holds the entry. */

import type { NodeView } from '../data/types.ts';
import { nodeSlot } from '../style/colours.ts';
import { heldEnd } from './cell-state.ts';

export interface NodeDotsProps {
  readonly nodes: readonly NodeView[];
  readonly offset: number;
  readonly isCommitted: boolean;
}

export function NodeDots({ nodes, offset, isCommitted }: NodeDotsProps) {
  return (
    <div role="gridcell" class="cell dots">
      {nodes.map((node) => {
        const isHeld = offset < heldEnd(node);
        const kind = node.isReachable ? (isHeld ? 'held' : 'notHere') : isHeld ? 'gone-had' : 'gone';
        return (
          <span key={node.id} class="dot" data-node={nodeSlot(node.index)} data-kind={kind} title={`${node.id}: ${words[kind]}`}>
            <span class="visually-hidden">
              {node.id}: {words[kind]};{' '}
            </span>
          </span>
        );
      })}
      {!isCommitted && <span class="visually-hidden">not committed</span>}
    </div>
  );
}

const words = { held: 'has it', notHere: 'not here yet', 'gone-had': 'gone, had it', gone: 'gone, did not have it' };
