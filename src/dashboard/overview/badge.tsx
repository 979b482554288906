/** Who leads, as a badge that moves from node to node; while no node leads it waits at the client. */

import { count } from '../data/numbers.ts';
import type { ClusterView } from '../data/types.ts';
import { rem } from './layout.ts';
import type { Layout } from './layout.ts';

const width = 150;

export function Badge({ view, layout }: { readonly view: ClusterView; readonly layout: Layout }) {
  const { leader } = view;
  const box = leader && layout.nodes[view.nodes.indexOf(leader)];
  const { client } = layout;
  const atClient = { x: Math.max(0, client.x + client.width - width - 12), y: client.y + client.height - 9 };
  const at = box === undefined ? atClient : { x: box.x + 12, y: box.y - 13 };
  const without = view.connection === 'open' ? 'no leader' : 'no contact';
  if (view.nodes.length === 0) return null;
  return (
    // Each card says in words what it is.
    <div
      class="leader-badge"
      data-led={box !== undefined}
      aria-hidden="true"
      style={{ transform: `translate(${rem(at.x)}, ${rem(at.y)})` }}
    >
      {box === undefined ? without : `★ leader, epoch ${count(leader?.health?.epoch ?? 0)}`}
    </div>
  );
}
