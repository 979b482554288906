/** etcd for the failover scenario: probes are puts through the JSON gateway of each member. */

import { etcdNodes } from '../systems/etcd.ts';
import type { PeerNodes } from '../systems/etcd.ts';
import type { Workspace } from '../workspace.ts';
import { HttpLane } from './http-lane.ts';
import { PeerNode } from './strikable.ts';
import type { ProbeLane, StrikableCluster } from './strikable.ts';

interface Status {
  readonly header?: { readonly member_id?: string };
  readonly leader?: string;
  readonly raftIndex?: string;
}

/** Beyond this many entries a member is still behind. */
const lagMax = 100;

export async function startEtcd(workspace: Workspace): Promise<StrikableCluster> {
  return new EtcdMembers(workspace, await etcdNodes(workspace));
}

class EtcdMembers implements StrikableCluster {
  readonly nodes: readonly PeerNode[];
  readonly #workspace: Workspace;
  readonly #peer: PeerNodes;

  constructor(workspace: Workspace, peer: PeerNodes) {
    this.#workspace = workspace;
    this.#peer = peer;
    this.nodes = PeerNode.all(workspace, peer);
  }

  async wholeLeader(): Promise<number | undefined> {
    try {
      const statuses = await Promise.all(this.#peer.ports.map((port) => statusOf(port)));
      const leader = statuses[0]?.leader;
      const indexes = statuses.map(({ raftIndex }) => Number(raftIndex));
      const isOne = leader !== undefined && leader !== '0' && statuses.every((status) => status.leader === leader);
      if (!isOne || Math.max(...indexes) - Math.min(...indexes) > lagMax) return undefined;
      const index = statuses.findIndex(({ header }) => header?.member_id === leader);
      return index === -1 ? undefined : index;
    } catch {
      // A member does not listen yet.
      return undefined;
    }
  }

  openLane(node: number): Promise<ProbeLane> {
    return Promise.resolve(new HttpLane({ port: this.#peer.ports[node] ?? 0, path: '/v3/kv/put', status: 200, bodyOf }));
  }

  async lost(acknowledged: ReadonlySet<string>): Promise<number> {
    const answer = await fetch(`http://127.0.0.1:${this.#peer.ports[0]}/v3/kv/range`, {
      method: 'POST',
      // From the zero byte to the zero byte is everything.
      body: JSON.stringify({ key: 'AA==', range_end: 'AA==', keys_only: true }),
    });
    const { kvs = [] } = (await answer.json()) as { readonly kvs?: readonly { readonly key: string }[] };
    const names = new Set(kvs.map(({ key }) => String(Buffer.from(key, 'base64'))));
    return [...acknowledged].filter((name) => !names.has(name)).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    for (const folder of this.#peer.folders) this.#workspace.removeFolder(folder);
  }
}

function bodyOf(name: string): string {
  return JSON.stringify({ key: Buffer.from(name).toString('base64'), value: 'cHJvYmU=' });
}

async function statusOf(port: number): Promise<Status> {
  const answer = await fetch(`http://127.0.0.1:${port}/v3/maintenance/status`, {
    method: 'POST',
    body: '{}',
    signal: AbortSignal.timeout(2000),
  });
  return (await answer.json()) as Status;
}
