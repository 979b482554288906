/** What is shown of the cluster, out of what was last heard of each node. */

import type { Health, Member, NodeAddress } from '../../api/health.ts';
import type { NodeList } from '../../api/members.ts';
import { absenceOf } from './absence.ts';
import { shortNames } from './short-names.ts';
import type { ClusterView, NodeView } from './types.ts';

/** What the page heard of one node, in the order in which it came. */
export interface Heard {
  readonly isReachable: boolean;
  readonly goneReason: string | undefined;
  /** It takes connections and says nothing: stopped, or its machine is. */
  readonly isSilent: boolean;
  /** It was missing until a moment ago. */
  readonly isBack: boolean;
  readonly health: Health | undefined;
  /** From `held` moments, which come oftener than a health. */
  readonly heldEnd: number | undefined;
}

export const nothingHeard: Heard = {
  isReachable: false,
  goneReason: undefined,
  isSilent: false,
  isBack: false,
  health: undefined,
  heldEnd: undefined,
};

export interface HeardOfAll {
  readonly connection: ClusterView['connection'];
  readonly heardAt: number | undefined;
  readonly list: NodeList;
  readonly heard: ReadonlyMap<string, Heard>;
  /** When each was heard last, in ms since 1970. */
  readonly heardAtOf?: ReadonlyMap<string, number>;
}

export function clusterView({ connection, heardAt, list, heard, heardAtOf }: HeardOfAll): ClusterView {
  const leaderId = leaderOf(heard);
  const leaderHealth = leaderId === undefined ? undefined : heard.get(leaderId)?.health;
  const listed = inOrder(list.nodes);
  const names = shortNames(listed.map(({ id }) => id));
  const nodes = listed.map(({ id, url }, index): NodeView => {
    const ofNode = heard.get(id) ?? nothingHeard;
    const { isReachable, goneReason, health, heldEnd } = ofNode;
    const said = leaderHealth?.members.filter((member) => member.id === id) ?? [];
    const joining = said.find(({ state }) => state === 'joining');
    const isJoining = joining !== undefined;
    const member = said.find(isCounted) ?? joining;
    const reported = id === leaderId ? undefined : member?.health;
    return {
      id,
      url,
      index,
      name: names.get(id) ?? id,
      heardAt: heardAtOf?.get(id),
      isReachable,
      goneReason,
      absence: absenceOf({ heard: ofNode, isJoining, health: reported }),
      health,
      heldEnd: heldEnd ?? (isReachable ? health?.ends.durableEnd : undefined) ?? (joining ?? member)?.durableEnd ?? health?.ends.durableEnd,
      member,
      isJoining,
    };
  });
  return {
    connection,
    heardAt,
    self: list.self ?? undefined,
    hasLab: list.hasLab,
    nodes,
    leader: nodes.find((node) => node.id === leaderId),
  };
}

const byName = new Intl.Collator('en', { numeric: true });

/**
 * By name, each once: whoever serves the page, and whatever became of the member list, a node keeps its place and colour.
 * A node that came back with an empty storage is listed twice for a while.
 */
function inOrder(nodes: readonly NodeAddress[]): readonly NodeAddress[] {
  return [...new Map(nodes.map((node) => [node.id, node])).values()].toSorted((a, b) => byName.compare(a.id, b.id));
}

function isCounted({ state }: Member): boolean {
  return state !== 'joining';
}

/** Two may say that they lead, for a moment: the higher epoch does. */
function leaderOf(heard: ReadonlyMap<string, Heard>): string | undefined {
  let best: { readonly id: string; readonly epoch: number } | undefined;
  for (const [id, { isReachable, health }] of heard) {
    if (!isReachable || health?.role !== 'leader') continue;
    if (best === undefined || health.epoch > best.epoch) best = { id, epoch: health.epoch };
  }
  return best?.id;
}
