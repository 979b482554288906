/** What `rlog dev` says of how it is used. */

import { join } from 'node:path';
import type { Coordinator, NodePlan } from '../../lab/node-plans.ts';
import { counted } from '../../api/wording.ts';

interface Started {
  readonly coordinator: Coordinator;
  readonly nodes: readonly NodePlan[];
  /** The folder of all of them. */
  readonly root: string;
}

const usualPort = 5000;
/** Where `rlog` looks for nodes. */
const usualPorts: readonly number[] = [usualPort, usualPort + 1, usualPort + 2];

/** What to do first, once the log takes appends. @param leader - who leads then. @param entryCount - what the log holds already */
export function startLines(
  { coordinator, nodes, root }: Started,
  { leader, entryCount, isInCheckout }: { readonly leader: string; readonly entryCount: number; readonly isInCheckout: boolean },
): string[] {
  const [first, second] = nodes;
  const rlog = isInCheckout ? './bin/rlog' : 'rlog';
  // Where nodes are equal the first one is killed first, and a command that asks it would look as if the log were gone.
  const asked = coordinator === 'elections' ? (second ?? first) : first;
  const at = asked === undefined || usualPorts.includes(asked.port) ? '' : ` --url http://localhost:${asked.port}`;
  const read = (coordinator === 'elections' ? nodes[2] : second) ?? first;
  const victim = coordinator === 'elections' ? leader : second?.id;
  const key = nodes.findIndex(({ id }) => id === victim) + 1;
  const see = coordinator === 'elections' ? 'which node takes over' : 'which appends wait for it';
  const goesOn = `The log of last time goes on, with ${counted(entryCount, 'entry', 'entries')}. --fresh deletes ${root} and begins anew.`;
  return [
    ...(entryCount > 0 ? [goesOn] : []),
    'In another terminal, write something, and read it from another node:',
    `  ${rlog} append Hello${at}`,
    `  curl localhost:${read?.port ?? usualPort}/messages`,
    ...(nodes.length > 1 && victim !== undefined ? [`Then press ${key} here to kill ${victim}, and see ${see}. ? tells more.`] : []),
  ];
}

/** @param pageUrl - of the page */
export function helpLines({ coordinator, nodes, root }: Started, pageUrl: string): string[] {
  const [first] = nodes;
  const logs = first === undefined ? root : join(root, first.id, `${first.kind}.log`);
  const digits = nodes.length === 1 ? '1  ' : `1-${nodes.length}`;
  return [
    `${digits}  kill a node (kill -9), or start it again`,
    ...(coordinator === 'elections' ? [`p    make another node the leader: p and its digit; p or Esc cancels`] : []),
    'a    append up to ten messages a second, at w=majority; a again stops it',
    `l    show or hide the logs of the nodes, as in ${logs}`,
    `o    open the page (${pageUrl}): it can also pause, cut off and slow down nodes`,
    `q    end all nodes; the log is kept in ${root}`,
    '',
    'Append over HTTP, at any node, and read from any other:',
    `  curl localhost:${first?.port ?? usualPort}/messages -H 'content-type: application/json' \\`,
    `    -d '{"message":"Hello","w":"all"}'`,
    `  curl localhost:${(nodes[1] ?? first)?.port ?? usualPort}/messages`,
    'w is how many nodes must have a message before its append is answered: a number, "majority" or "all".',
  ];
}
