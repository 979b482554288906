/** The cluster at a glance. */

import { count } from '../data/numbers.ts';
import { useCluster } from '../data/use-cluster.ts';
import { nodeSlot } from '../style/colours.ts';

export function Overview() {
  const { nodes } = useCluster();
  return (
    <section class="panel" aria-labelledby="nodes-title">
      <h2 id="nodes-title">Nodes</h2>
      <ul>
        {nodes.map((node) => (
          <li key={node.id} data-node={nodeSlot(node.index)}>
            <span class="node-name">{node.id}</span> {node.health?.role ?? 'unknown'}, holds {count(node.heldEnd ?? 0)}
          </li>
        ))}
      </ul>
    </section>
  );
}
