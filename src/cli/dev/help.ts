/** What `rlog dev` says about its use. */

import { join } from 'node:path';
import type { Coordinator, NodePlan } from '../../lab/node-plans.ts';
import { counted } from '../../api/wording.ts';

interface Started {
  readonly coordinator: Coordinator;
  readonly nodes: readonly NodePlan[];
  /** The folder with the folders of all nodes. */
  readonly root: string;
}

const usualPort = 5000;
/** Where `rlog` looks for nodes by itself. */
const usualPorts: readonly number[] = [usualPort, usualPort + 1, usualPort + 2];

/** What to try first. @param leader - the node that leads now. @param entryCount - how many entries the log has already */
export function startLines(
  { coordinator, nodes, root }: Started,
  { leader, entryCount, isInCheckout }: { readonly leader: string; readonly entryCount: number; readonly isInCheckout: boolean },
): string[] {
  const [first, second] = nodes;
  const rlog = isInCheckout ? './bin/rlog' : 'rlog';
  // Of equal nodes the first one usually leads and is killed, and a command that asks it would look as if the log were gone.
  const asked = coordinator === 'elections' ? (second ?? first) : first;
  const at = asked === undefined || usualPorts.includes(asked.port) ? '' : ` --url http://localhost:${asked.port}`;
  const read = (coordinator === 'elections' ? nodes[2] : second) ?? first;
  const victim = coordinator === 'elections' ? leader : second?.id;
  const key = nodes.findIndex(({ id }) => id === victim) + 1;
  const see = coordinator === 'elections' ? 'which node takes over' : 'which appends wait for it';
  const goesOn = `This is the log of last time, with ${counted(entryCount, 'entry', 'entries')}. --fresh deletes ${root} and begins an empty one.`;
  return [
    ...(entryCount > 0 ? [goesOn] : []),
    'In another terminal, append a message, and read it from another node:',
    `  ${rlog} append Hello${at}`,
    `  curl localhost:${read?.port ?? usualPort}/messages`,
    ...(nodes.length > 1 && victim !== undefined ? [`Then press ${key} here to kill ${victim}, and see ${see}. ? shows help.`] : []),
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
    `q    stop all nodes; the log is kept in ${root}`,
    '',
    'Append over HTTP, at any node, and read from any other:',
    `  curl localhost:${first?.port ?? usualPort}/messages -H 'content-type: application/json' \\`,
    `    -d '{"message":"Hello","w":"all"}'`,
    `  curl localhost:${(nodes[1] ?? first)?.port ?? usualPort}/messages`,
    'w is how many nodes must have a message before its append is answered: a number, "majority" or "all".',
  ];
}
