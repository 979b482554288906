/** Three equal nodes of ours. Each probe has its own key, and at the end each acknowledged one must be in the log once. */

import { CheckFailed } from '../check-failed.ts';
import type { OurCluster } from '../systems/our-cluster.ts';
import type { OurContestant } from '../systems/ours.ts';
import { waitFor } from '../wait.ts';
import type { Workspace } from '../workspace.ts';
import { HttpLane, probeTimeoutMs } from './http-lane.ts';
import type { ProbeLane, StrikableCluster, StrikableNode } from './strikable.ts';

const promotionMs = 10_000;
/** Beyond this many entries a node is still behind. */
const lagMax = 100;

export async function startOurEquals(workspace: Workspace, contestant: OurContestant): Promise<StrikableCluster> {
  return new OurEquals(await contestant.startCluster(workspace, { isElected: true }));
}

class OurEquals implements StrikableCluster {
  readonly nodes: readonly StrikableNode[];
  readonly #cluster: OurCluster;

  constructor(cluster: OurCluster) {
    this.#cluster = cluster;
    this.nodes = cluster.nodes.map((node) => ({
      name: node.spec.name,
      signal: (name) => node.signal(name),
      exited: () => node.exited(),
      spawn: () => node.spawn(),
    }));
  }

  async wholeLeader(): Promise<number | undefined> {
    const { nodes } = this.#cluster;
    try {
      const healths = await Promise.all(nodes.map((node) => node.health()));
      const index = healths.findIndex(({ role }) => role === 'leader');
      const id = nodes[index]?.spec.name;
      const members = healths[index]?.members ?? [];
      const areMembers = members.every(({ state, health }) => state === 'member' && health === 'healthy');
      const ends = healths.map((health) => health.ends.durableEnd);
      const isEven = Math.max(...ends) - Math.min(...ends) <= lagMax;
      const isWhole = areMembers && isEven && members.length === nodes.length && healths.every(({ leader }) => leader?.id === id);
      return isWhole ? index : undefined;
    } catch {
      // A node does not answer yet.
      return undefined;
    }
  }

  openLane(node: number): Promise<ProbeLane> {
    const port = this.#cluster.nodes[node]?.spec.port ?? 0;
    const lane = new HttpLane({ port, path: '/messages', status: 201, bodyOf, headersOf: (name) => ({ 'idempotency-key': name }) });
    return Promise.resolve(lane);
  }

  async promote(node: number): Promise<void> {
    const target = this.#cluster.nodes[node];
    const answer = await fetch(`${target?.url}/promote`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ timeoutMs: promotionMs }),
    });
    if (!answer.ok) throw new CheckFailed(`${target?.spec.name} was not promoted: ${await answer.text()}`);
  }

  async lost(acknowledged: ReadonlySet<string>): Promise<number> {
    const { nodes } = this.#cluster;
    await waitFor('all nodes end at the same offset', async () => {
      const ends = await Promise.all(nodes.map(async (node) => (await node.health()).ends));
      return ends.every(({ durableEnd, committedEnd }) => durableEnd === ends[0]?.durableEnd && committedEnd === durableEnd);
    });
    for (const node of nodes) {
      const answer = await fetch(`${node.url}/messages`, { headers: { accept: 'application/x-ndjson' } });
      const lines = (await answer.text()).split('\n').filter((line) => line !== '');
      const names = new Set(lines.map((line) => (JSON.parse(line) as { readonly message: string }).message));
      if (names.size !== lines.length) throw new CheckFailed(`${node.spec.name} holds ${lines.length - names.size} messages twice`);
      const lost = [...acknowledged].filter((name) => !names.has(name));
      if (lost.length > 0) throw new CheckFailed(`${node.spec.name} lacks ${lost.length} acknowledged messages, such as ${lost[0]}`);
    }
    return 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cluster[Symbol.asyncDispose]();
  }
}

function bodyOf(name: string): string {
  return JSON.stringify({ message: name, w: 'majority', timeoutMs: probeTimeoutMs });
}
