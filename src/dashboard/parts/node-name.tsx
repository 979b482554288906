/** A node's name with its colour, short where names are long; in full as a tooltip. */

import type { NodeView } from '../data/types.ts';
import { nodeSlot } from '../style/colours.ts';

export function NodeName({ node: { id, name, index } }: { readonly node: Pick<NodeView, 'id' | 'name' | 'index'> }) {
  return (
    <span class="node-name" data-node={nodeSlot(index)} title={name === id ? undefined : id}>
      <span class="node-label">{name}</span>
    </span>
  );
}
