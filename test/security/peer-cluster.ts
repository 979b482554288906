/** Three nodes with a secret, every connection between which goes over a tap, and what they stand by. */

import assert from 'node:assert/strict';
import { ClusterSecrets } from '../../src/trust/cluster-secrets.ts';
import type { ClusterKey } from '../../src/trust/cluster-secrets.ts';
import { append, healthOf, messagesOf } from '../support/api.ts';
import { isReady, TestCluster } from '../support/nodes.ts';
import type { TestNode } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { waitFor } from '../support/wait.ts';
import { Tap } from './tap.ts';

const secret = 'what the three nodes of this proof share';

export interface PeerNode {
  readonly node: TestNode;
  /** On the way to it. */
  readonly tap: Tap;
  /** Where other nodes come to: its own port for them, if it has one. */
  readonly peerPort: number;
}

interface Setting {
  /** A master and two secondaries, or three equal nodes. */
  readonly isEqual: boolean;
  readonly env: Readonly<Record<string, string>>;
}

export class PeerCluster implements AsyncDisposable {
  readonly nodes: readonly PeerNode[];
  readonly secrets: ClusterSecrets;
  readonly key: ClusterKey;
  /** All that was appended, in order. */
  readonly appended: string[] = [];
  readonly #cluster: TestCluster;

  private constructor(parts: { readonly nodes: readonly PeerNode[]; readonly secrets: ClusterSecrets; readonly cluster: TestCluster }) {
    this.nodes = parts.nodes;
    this.secrets = parts.secrets;
    this.#cluster = parts.cluster;
    const key = parts.secrets.named(parts.secrets.names[0] ?? '');
    assert.ok(key);
    this.key = key;
  }

  static async start({ isEqual, env }: Setting): Promise<PeerCluster> {
    const cluster = new TestCluster();
    try {
      const ids = isEqual ? (['n1', 'n2', 'n3'] as const) : (['master', 's1', 's2'] as const);
      const ports = await Promise.all(ids.map(() => freePort()));
      // The last one has a port of its own for nodes.
      const peerPorts = [ports[0] ?? 0, ports[1] ?? 0, await freePort()];
      const taps = await Promise.all(peerPorts.map((port) => Tap.open(port)));
      const urls = ports.map((port) => `http://127.0.0.1:${port}`);
      const nodes = ids.map((id, index): PeerNode => {
        const peerPort = peerPorts[index] ?? 0;
        const port = ports[index] ?? 0;
        const tap = taps[index];
        assert.ok(tap);
        const others = urls.flatMap((url, other) => (other === index ? [] : [`${url}=${taps[other]?.url}`]));
        const own = {
          ...{ CLUSTER_SECRET: secret, SERVER_ID: id, DIAL_INSTEAD: others.join(','), ADVERTISED_URL: urls[index] ?? '' },
          ...(peerPort === port ? {} : { PEER_PORT: String(peerPort) }),
        };
        const named = isEqual
          ? { NODES: urls.join(',') }
          : index === 0
            ? { SECONDARIES: urls.slice(1).join(',') }
            : { MASTER_URL: urls[0] ?? '' };
        const kind = isEqual ? 'node' : index === 0 ? 'master' : 'secondary';
        return { node: cluster.add({ kind, port, env: { ...env, ...own, ...named } }), tap, peerPort };
      });
      for (const { node } of nodes.toReversed()) node.spawn();
      for (const { node } of nodes) await node.serves();
      for (const { node } of nodes) await isReady(node);
      return new PeerCluster({ nodes, secrets: await ClusterSecrets.of([secret]), cluster });
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  at(index: number): PeerNode {
    const found = this.nodes[index];
    assert.ok(found);
    return found;
  }

  /** Genuine nodes replicate: one append is on all disks, and everywhere the log is what was appended, in its order. */
  async replicates(text: string): Promise<void> {
    await waitFor(
      `an append at w=all (${text})`,
      async () => {
        const first = this.nodes.find(({ node }) => node.isRunning)?.node;
        assert.ok(first);
        // The key makes a retry harmless.
        const { status } = await append(first, text, { w: 'all', timeoutMs: 2000, key: `"${text}"` });
        return status === 201 || status === 200;
      },
      60_000,
    );
    this.appended.push(text);
    for (const { node } of this.nodes) {
      assert.ok(node.isRunning, `${node.id} lives`);
      await waitFor(`${node.id} has it`, async () => (await healthOf(node)).ends.durableEnd >= this.appended.length);
      assert.deepEqual(await messagesOf(node, `?from=${Math.max(0, this.appended.length - 50)}`), this.appended.slice(-50), node.id);
    }
  }

  /** What no try may change. */
  async state(): Promise<object> {
    const states = await Promise.all(
      this.nodes.map(async ({ node }) => {
        const { epoch, role, cluster, ends, members } = await healthOf(node);
        return [node.id, { epoch, role, cluster, logEnd: ends.logEnd, members: members.map(({ id, url }) => `${id} ${url}`) }];
      }),
    );
    return Object.fromEntries(states) as object;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cluster[Symbol.asyncDispose]();
    for (const { tap } of this.nodes) await tap[Symbol.asyncDispose]();
  }
}
