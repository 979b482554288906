/**
 * Redis with Sentinel for the failover scenario: a primary and two replicas, `appendfsync always`, and three sentinels. A client
 * of Redis must ask a sentinel where the primary is, and again whenever its connection ends: that is what each lane does.
 */

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { ReplyLines } from '../load/redis-replies.ts';
import { openSocket } from '../load/socket-lane.ts';
import type { Program } from '../program.ts';
import { redisNodes } from '../systems/redis.ts';
import type { PeerNodes } from '../systems/etcd.ts';
import type { Workspace } from '../workspace.ts';
import { probeTimeoutMs } from './http-lane.ts';
import { PeerNode } from './strikable.ts';
import type { ProbeLane, StrikableCluster } from './strikable.ts';

const service = 'log';
/** Silence after which a sentinel takes the primary for dead: 30 s by default. About what the others take. */
const downAfterMs = 1000;
const failoverTimeoutMs = 5000;
/** A client that hears nothing from its primary for this long asks the sentinel again. */
const silenceMsMax = 1000;
const agreeing = 2;

export async function startRedis(workspace: Workspace): Promise<StrikableCluster> {
  return new RedisSentinels(workspace, await redisNodes(workspace), await workspace.freePorts(3));
}

class RedisSentinels implements StrikableCluster {
  readonly nodes: readonly PeerNode[];
  readonly #workspace: Workspace;
  readonly #peer: PeerNodes;
  readonly #sentinels: readonly number[];
  readonly #programs: readonly Program[];

  constructor(workspace: Workspace, peer: PeerNodes, sentinels: readonly number[]) {
    this.#workspace = workspace;
    this.#peer = peer;
    this.#sentinels = sentinels;
    this.nodes = PeerNode.all(workspace, peer);
    this.#programs = sentinels.map((port, index) => {
      const folder = peer.folders[index] ?? '';
      // A sentinel rewrites its file.
      const lines = [
        ...[`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`],
        `sentinel monitor ${service} 127.0.0.1 ${peer.ports[0]} ${agreeing}`,
        `sentinel down-after-milliseconds ${service} ${downAfterMs}`,
        `sentinel failover-timeout ${service} ${failoverTimeoutMs}`,
      ];
      writeFileSync(join(folder, 'sentinel.conf'), lines.map((line) => `${line}\n`).join(''));
      return workspace.start({ name: `sentinel-${port}`, command: 'redis-server', args: ['sentinel.conf', '--sentinel'], folder });
    });
  }

  wholeLeader(): Promise<number | undefined> {
    return Promise.resolve(this.#wholeLeader());
  }

  #wholeLeader(): number | undefined {
    const primaries = this.#sentinels.map((port) => primaryBy(port));
    const [primary] = primaries;
    if (primary === undefined || primaries.some((port) => port !== primary)) return undefined;
    // Two sentinels must know of each other and of both replicas before they can replace the primary.
    for (const port of this.#sentinels) {
      if (ask(port, 'SENTINEL', 'REPLICAS', service).filter((line) => line === 'master-link-status').length !== 2) return undefined;
      if (!ask(port, 'SENTINEL', 'CKQUORUM', service)[0]?.startsWith('OK 3')) return undefined;
    }
    const answer = ask(primary, 'INFO', 'replication').join('\n');
    const isWhole = (answer.match(/state=online/g) ?? []).length === 2 && answer.includes('role:master');
    return isWhole ? this.#peer.ports.indexOf(primary) : undefined;
  }

  openLane(node: number): Promise<ProbeLane> {
    return Promise.resolve(new SentinelLane(this.#sentinels[node] ?? 0));
  }

  lost(acknowledged: ReadonlySet<string>): Promise<number> {
    const leader = this.#wholeLeader();
    if (leader === undefined) throw new Error('Redis has no primary with two replicas');
    const lines = new Set(ask(this.#peer.ports[leader] ?? 0, 'XRANGE', service, '-', '+'));
    return Promise.resolve([...acknowledged].filter((name) => !lines.has(name)).length);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.nodes, ...this.#programs].map((each) => each.kill()));
    for (const folder of this.#peer.folders) this.#workspace.removeFolder(folder);
  }
}

/** @returns the lines of the reply; none if there is no answer */
function ask(port: number, ...words: readonly string[]): string[] {
  const { stdout } = spawnSync('redis-cli', ['-p', String(port), '--raw', ...words], {
    encoding: 'utf8',
    timeout: 5000,
    maxBuffer: 2 ** 30,
  });
  return stdout.split('\n').map((line) => line.trim());
}

/** The port of the primary, as this sentinel knows it. */
function primaryBy(sentinel: number): number | undefined {
  const [, port] = ask(sentinel, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', service);
  return port === undefined || port === '' ? undefined : Number(port);
}

interface Pending {
  readonly answer: PromiseWithResolvers<void>;
  failure: string | undefined;
}

/** Appends with `XADD` and `WAIT` for one replica, on one connection to whichever node the sentinel calls the primary. */
class SentinelLane implements ProbeLane {
  readonly #sentinel: number;
  #socket: Promise<Socket> | undefined;
  #pending: Pending[] = [];

  constructor(sentinel: number) {
    this.#sentinel = sentinel;
  }

  async send(name: string): Promise<void> {
    this.#socket ??= this.#connect();
    const socket = await this.#socket;
    const pending: Pending = { answer: Promise.withResolvers(), failure: undefined };
    this.#pending.push(pending);
    socket.write(`XADD ${service} * m ${name}\r\nWAIT 1 ${probeTimeoutMs}\r\n`);
    // A connection to a suspended primary stays open: the client must give it up by itself.
    const timer = setTimeout(() => socket.destroy(), silenceMsMax);
    try {
      await pending.answer.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    void this.#socket?.then(
      (socket) => socket.destroy(),
      () => undefined,
    );
  }

  async #connect(): Promise<Socket> {
    try {
      const primary = await this.#primary();
      const replies = new ReplyLines((kind, text) => this.#replied(kind, text));
      return await openSocket(primary, { onData: (chunk) => replies.push(chunk), onClosed: (why) => this.#closed(why) });
    } catch (error) {
      this.#socket = undefined;
      throw error;
    }
  }

  async #primary(): Promise<number> {
    const answer = Promise.withResolvers<string>();
    const socket = await openSocket(this.#sentinel, {
      onData: (chunk) => answer.resolve(String(chunk)),
      onClosed: (why) => answer.reject(new Error(why)),
    });
    socket.write(`SENTINEL GET-MASTER-ADDR-BY-NAME ${service}\r\n`);
    try {
      return Number((await answer.promise).split('\r\n')[4]);
    } finally {
      socket.destroy();
    }
  }

  /** `XADD` is answered with a string or an error, and then `WAIT` with how many replicas have it, or an error. */
  #replied(kind: string, text: string): void {
    const [first] = this.#pending;
    if (first === undefined) return;
    if (kind === 'string') return;
    if (kind === 'error' && first.failure === undefined && !text.includes('WAIT')) {
      first.failure = text;
      // The node is no primary any more: the sentinel knows another one, or soon will.
      if (text.startsWith('READONLY')) this.close();
      return;
    }
    this.#pending.shift();
    const why = first.failure ?? (kind === 'number' && Number(text) >= 1 ? undefined : text);
    if (why === undefined) first.answer.resolve();
    else first.answer.reject(new Error(why));
  }

  #closed(why: string): void {
    this.#socket = undefined;
    const pending = this.#pending;
    this.#pending = [];
    for (const { answer } of pending) answer.reject(new Error(why));
  }
}
