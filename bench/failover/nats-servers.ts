/** NATS JetStream for the failover scenario: the victim is the leader of the stream, and probes are publishes through each server. */

import { NatsConnection } from '../load/nats-connection.ts';
import { natsSubject } from '../load/nats.ts';
import { askStream, natsNodes, natsStream } from '../systems/nats.ts';
import type { PeerNodes } from '../systems/etcd.ts';
import type { Workspace } from '../workspace.ts';
import { waitFor } from '../wait.ts';
import { probeTimeoutMs } from './http-lane.ts';
import { PeerNode } from './strikable.ts';
import type { ProbeLane, StrikableCluster } from './strikable.ts';

export async function startNats(workspace: Workspace): Promise<StrikableCluster> {
  const cluster = new NatsServers(workspace, await natsNodes(workspace));
  try {
    await waitFor('NATS has its stream', () => cluster.makeStream(), 60_000);
    return cluster;
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}

class NatsServers implements StrikableCluster {
  readonly nodes: readonly PeerNode[];
  readonly #workspace: Workspace;
  readonly #peer: PeerNodes;
  #lanes = 0;

  constructor(workspace: Workspace, peer: PeerNodes) {
    this.#workspace = workspace;
    this.#peer = peer;
    this.nodes = PeerNode.all(workspace, peer);
  }

  async makeStream(): Promise<boolean> {
    return (await askStream(this.#peer.ports[0] ?? 0, 'CREATE'))?.leader !== undefined;
  }

  async wholeLeader(): Promise<number | undefined> {
    const answers = await Promise.all(this.#peer.ports.map((port) => askStream(port, 'INFO')));
    const leader = answers[0]?.leader;
    if (leader === undefined || answers.some((answer) => answer?.leader !== leader)) return undefined;
    const replicas = answers[0]?.replicas ?? [];
    const areCurrent = replicas.length === this.nodes.length - 1 && replicas.every(({ current, offline }) => current && offline !== true);
    return areCurrent ? Number(leader.slice(1)) : undefined;
  }

  async openLane(node: number): Promise<ProbeLane> {
    const inbox = `_INBOX.p${(this.#lanes += 1)}`;
    const pending = new Map<string, PromiseWithResolvers<void>>();
    const connection = await NatsConnection.open(this.#peer.ports[node] ?? 0, {
      onMessage: (subject, payload) => {
        const id = subject.slice(inbox.length + 1);
        if (payload.includes('"seq":')) pending.get(id)?.resolve();
        else pending.get(id)?.reject(new Error(payload));
      },
      onClosed: (why) => {
        for (const { reject } of pending.values()) reject(new Error(why));
      },
    });
    connection.subscribe(`${inbox}.*`);
    let count = 0;
    return {
      send: async (name) => {
        const id = String((count += 1));
        const answer = Promise.withResolvers<void>();
        const timer = setTimeout(() => answer.reject(new Error('no answer in time')), probeTimeoutMs);
        pending.set(id, answer);
        connection.write(`PUB ${natsSubject} ${inbox}.${id} ${name.length}\r\n${name}\r\n`);
        try {
          await answer.promise;
        } finally {
          clearTimeout(timer);
          pending.delete(id);
        }
      },
      close: () => {
        connection.close();
        for (const { reject } of pending.values()) reject(new Error('closed'));
      },
    };
  }

  async lost(acknowledged: ReadonlySet<string>): Promise<number> {
    const { connect } = await import('@nats-io/transport-node');
    const { jetstream, jetstreamManager } = await import('@nats-io/jetstream');
    const connection = await connect({ servers: `127.0.0.1:${this.#peer.ports[0]}` });
    try {
      const { state } = await (await jetstreamManager(connection)).streams.info(natsStream);
      const names = new Set<string>();
      const consumer = await jetstream(connection).consumers.get(natsStream);
      const messages = await consumer.consume();
      let read = state.messages === 0 ? 0 : state.first_seq - 1;
      if (read < state.last_seq) {
        for await (const message of messages) {
          names.add(message.string());
          read = message.seq;
          if (read >= state.last_seq) break;
        }
      }
      return [...acknowledged].filter((name) => !names.has(name)).length;
    } finally {
      await connection.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    for (const folder of this.#peer.folders) this.#workspace.removeFolder(folder);
  }
}
