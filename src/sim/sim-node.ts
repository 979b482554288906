/** One node of a simulated cluster: the real core, driver and storage on simulated ports. */

import type { Batch } from '../core/batch.ts';
import { LogOutline } from '../core/log-outline.ts';
import type { NodeRecord, Notice } from '../core/events.ts';
import { incarnation, nodeId, offset } from '../core/numbers.ts';
import type { NodeId } from '../core/numbers.ts';
import { Replica } from '../core/replica.ts';
import { Driver } from '../driver.ts';
import type { DriverObserver } from '../driver.ts';
import { DialRefused } from '../ports.ts';
import type { LogStore } from '../storage/log-store.ts';
import { MemoryLog } from '../storage/memory-log.ts';
import { recover } from '../storage/recovery.ts';
import { messageBounds } from '../protocol/batch-codec.ts';
import type { Random } from './random.ts';
import { SimClock } from './sim-clock.ts';
import { SimDisk } from './sim-disk.ts';
import type { SimNetwork } from './sim-network.ts';
import type { World } from './world.ts';

const idempotency = { keysMax: 1000, windowMs: 24 * 3600 * 1000 };

export interface SimNodeParts {
  readonly world: World;
  readonly network: SimNetwork;
  readonly random: Random;
  readonly name: string;
  readonly secondaries: readonly string[];
  readonly masterUrl: string | undefined;
  readonly isMaster: boolean;
  readonly isInMemory: boolean;
  readonly delayMs: number;
  readonly tell: (node: NodeId, what: string, facts: unknown) => void;
  readonly onFailure: (error: unknown) => void;
}

export function urlOf(name: string): string {
  return `http://${name}:1`;
}

export class SimNode {
  readonly id: NodeId;
  readonly url: string;
  readonly disk: SimDisk;
  readonly #parts: SimNodeParts;
  #driver: Driver | undefined;
  #replica: Replica | undefined;
  #store: LogStore | undefined;
  #clock: SimClock | undefined;
  #starts = 0;
  isPaused = false;

  constructor(parts: SimNodeParts) {
    this.#parts = parts;
    this.id = nodeId(parts.name);
    this.url = urlOf(parts.name);
    this.disk = new SimDisk(parts.world, parts.random.fork());
  }

  get isMaster(): boolean {
    return this.#parts.isMaster;
  }

  get isInMemory(): boolean {
    return this.#parts.isInMemory;
  }

  get driver(): Driver | undefined {
    return this.#driver;
  }

  get replica(): Replica | undefined {
    return this.#replica;
  }

  get isUp(): boolean {
    return this.#driver !== undefined;
  }

  async start(): Promise<void> {
    const { world, network, random, tell } = this.#parts;
    this.#starts += 1;
    const start = this.#starts;
    const clock = new SimClock(world, random.between(-5000, 5000));
    this.#clock = clock;
    const opened = await this.#open();
    if (start !== this.#starts) return; // Killed while it recovered.
    const options = {
      id: this.id,
      incarnation: incarnation(`${this.id}#${start}`),
      url: this.url,
      secondaries: this.#parts.secondaries,
      hasMasterUrl: this.#parts.masterUrl !== undefined,
      newCluster: 'auto' as const,
      delayMs: this.#parts.delayMs,
      heartbeatIntervalMs: 250,
      health: { suspectedAfterMs: 1000, unhealthyAfterMs: 3000 },
      idempotency,
      pendingAppendsMax: 100,
      pendingBytesMax: 1024 * 1024,
      batchBytesMax: 4096,
      windowBytes: 8192,
      listeningMs: 2000,
      drawId: () => random.id(),
      random: () => random.next(),
    };
    const replica = new Replica(options, opened);
    const driver = new Driver({
      replica,
      store: opened.store,
      clock,
      network: network.for({ url: this.url, clock }),
      observer: this.#observer(),
      delayMs: this.#parts.delayMs,
      masterUrl: this.#parts.masterUrl,
      self: { id: this.id, url: this.url },
    });
    this.#store = opened.store;
    this.#replica = replica;
    this.#driver = driver;
    driver.failed.catch((error: unknown) => this.#parts.onFailure(error));
    network.listen({
      url: this.url,
      clock,
      accept: (stream) => driver.accept(stream),
      refuse: (clusterId) => refusalFor(replica, clusterId),
      register: (url) => driver.register(url, false),
    });
    tell(this.id, 'started', { end: replica.durableEnd });
    driver.start();
    if (this.isMaster) driver.offerLeadership();
  }

  /** kill -9; with `isPowerLoss` the machine goes too. */
  kill(isPowerLoss: boolean): void {
    this.#starts += 1;
    this.#driver?.halt();
    this.#clock?.stop();
    this.#parts.network.leave(this.url);
    if (isPowerLoss) this.disk.crash();
    else this.disk.killProcess();
    if (this.isInMemory) this.disk.wipe();
    this.#driver = undefined;
    this.#replica = undefined;
    this.#store = undefined;
    this.isPaused = false;
  }

  pause(): void {
    this.isPaused = true;
    this.#clock?.pause();
  }

  resume(): void {
    this.isPaused = false;
    this.#clock?.resume();
  }

  /** Messages `[start, end)` as this node holds them, if it has them in memory. */
  messages(start: number, end: number): string[] {
    const found: string[] = [];
    let at = start;
    while (at < end) {
      const batches = this.#store?.readEntriesFrom(offset(at), 1 << 20);
      if (!Array.isArray(batches) || batches.length === 0) return found;
      for (const batch of batches as readonly Batch[]) {
        const bounds = messageBounds(batch);
        for (let i = at - batch.baseOffset; i < batch.entryCount && at < end; i += 1) {
          found.push(Buffer.from(batch.bytes.subarray(bounds[2 * i] ?? 0, bounds[2 * i + 1] ?? 0)).toString());
          at += 1;
        }
      }
    }
    return found;
  }

  async #open(): Promise<{ readonly store: LogStore; readonly outline: LogOutline; readonly record: NodeRecord | undefined }> {
    if (this.isInMemory) return { store: new MemoryLog(), outline: new LogOutline(idempotency), record: undefined };
    const recovered = await recover(this.disk.mount(), {
      node: this.id,
      segmentBytesMax: 4096,
      recentBytesMax: Number.POSITIVE_INFINITY,
      idempotency,
    });
    if (recovered.tornBytes > 0) this.#parts.tell(this.id, 'torn tail cut', { bytes: recovered.tornBytes });
    return recovered;
  }

  #observer(): DriverObserver {
    return {
      notice: (notice: Notice) => this.#parts.tell(this.id, notice.event, notice.facts),
      placed: ({ batch }) =>
        this.#parts.tell(this.id, 'batch', { number: batch.number, epoch: batch.epoch, offset: batch.baseOffset, count: batch.entryCount }),
      flushed: () => undefined,
      acknowledged: () => undefined,
      answered: () => undefined,
    };
  }
}

function refusalFor(replica: Replica, clusterId: string | null): DialRefused | undefined {
  const mine = replica.cluster;
  if (mine === undefined || clusterId === null || mine.clusterId === clusterId || !mine.hasMessages) return undefined;
  const facts = { cluster: mine.clusterId, members: mine.memberIds, hasMessages: mine.hasMessages };
  return new DialRefused('another cluster', { code: 'other-cluster', facts });
}
