/** One node of a simulated cluster: the real core, driver and storage on simulated ports. */

import type { Batch } from '../../core/model/batch.ts';
import type { Ready, ReplicaEvent } from '../../core/model/events.ts';
import { nodeId } from '../../core/model/numbers.ts';
import type { NodeId, StorageId } from '../../core/model/numbers.ts';
import { Replica } from '../../core/replica.ts';
import { Driver } from '../../driver/driver.ts';
import type { DriverObserver } from '../../driver/observer.ts';
import { ForwardIdentities } from '../../http/leader/forward-identities.ts';
import { LeaderWatch } from '../../http/leader/leader-watch.ts';
import { DialRefused } from '../../ports/ports.ts';
import type { KnownBatches } from './known-batches.ts';
import { openSimLog } from './open-sim-log.ts';
import type { ShadowedLog } from './shadowed-log.ts';
import type { SimEntry } from './shadowed-log.ts';
import { pendingAppendsMax, simOptions } from './sim-options.ts';
import type { SimOptionsParts } from './sim-options.ts';
import { SimClock } from './sim-clock.ts';
import { SimDisk } from './sim-disk.ts';
import { serve } from './gateway.ts';
import { secondNameOf } from './sim-network.ts';
import type { CalledProcess, SimNetwork } from './sim-network.ts';
import { WallSkews } from './wall-skews.ts';
import type { World } from './world.ts';

const registrationTimeoutMs = 5000;

export interface SimNodeParts extends SimOptionsParts {
  readonly world: World;
  readonly network: SimNetwork;
  /** Among the nodes of its cluster. */
  readonly number: number;
  /** Gets what the node logs, decides and hears. */
  readonly watch: NodeWatch;
}

export interface NodeWatch {
  readonly logged: (node: SimNode, what: string, facts: Readonly<Record<string, unknown>>) => void;
  readonly heard: (node: SimNode, event: ReplicaEvent) => void;
  readonly decided: (node: SimNode, ready: Ready) => void;
  readonly readFromDisk: () => void;
  /** This storage holds these batches durably from now on. */
  readonly flushed: (storage: StorageId, batches: readonly Batch[]) => void;
  readonly known: KnownBatches;
  /** The process ended with an error. */
  readonly ended: (node: SimNode, error: unknown) => void;
}

export function urlOf(name: string, move = 0): string {
  return `http://${name}:${move + 1}`;
}

/** No process was there to take the request. */
export class NotThere extends Error {
  override readonly name = 'NotThere';
}

interface Running extends CalledProcess {
  readonly replica: Replica;
  readonly log: ShadowedLog;
}

/** More starts than any node has in a run. */
const startsMax = 10_000;

/** A process whose clock, however slow, did not tick for this long notices that it was suspended. */
const noticedPauseMs = 300;

export class SimNode {
  readonly id: NodeId;
  readonly disk: SimDisk;
  readonly pendingAppendsMax = pendingAppendsMax;
  readonly #parts: SimNodeParts;
  #running: Running | undefined;
  #clock: SimClock | undefined;
  #starts = 0;
  #moves = 0;
  /** Calls from clients that break off when the process ends. */
  readonly #calls = new Set<(error: Error) => void>();
  isPaused = false;
  /** It will end soon, perhaps after it handed over. */
  isToldToEnd = false;
  #resumedAt = Number.NEGATIVE_INFINITY;
  #pausedAt = Number.NEGATIVE_INFINITY;
  readonly #skews = new WallSkews();

  constructor(parts: SimNodeParts) {
    this.#parts = parts;
    this.id = nodeId(parts.plan.name);
    this.disk = new SimDisk(parts.world, parts.random.fork());
  }

  get url(): string {
    return urlOf(this.id, this.#moves);
  }

  /** The address that it tells others: perhaps not the one that its master was given. */
  get advertisedUrl(): string {
    return this.#parts.plan.hasTwoNames ? secondNameOf(this.url) : this.url;
  }

  /** How long it delays every batch before it stores it. */
  get delayMs(): number {
    return this.#parts.plan.delayMs;
  }

  /** Among nodes with the same log, the one with the higher priority should lead. */
  get priority(): number {
    return this.#parts.plan.priority;
  }

  get incarnation(): string {
    return `${this.id}#${this.#starts}`;
  }

  /** It runs the version before this one, which does not know identities of forwarded appends. */
  get isOlder(): boolean {
    return this.#parts.plan.isOlder;
  }

  get isInMemory(): boolean {
    return this.#parts.plan.isInMemory;
  }

  get driver(): Driver | undefined {
    return this.#running?.driver;
  }

  get replica(): Replica | undefined {
    return this.#running?.replica;
  }

  get isUp(): boolean {
    return this.#running !== undefined;
  }

  get log(): ShadowedLog | undefined {
    return this.#running?.log;
  }

  /** Entries `[start, end)` as this node holds them. */
  entries(start: number, end: number): readonly SimEntry[] {
    return this.#running?.log.entries(start, end) ?? [];
  }

  /** @throws what recovery throws on this folder */
  async start(): Promise<void> {
    const { world, network, random, plan, watch } = this.#parts;
    this.#starts += 1;
    const start = this.#starts;
    const clock = new SimClock(world, { wallSkewMs: random.between(-5000, 5000), pace: 0.9 + 0.2 * random.next() });
    this.#skews.wasUntil(this.#parts.world.now, this.#clock?.wallSkewMs);
    this.#clock = clock;
    this.isPaused = false;
    const opened = await openSimLog(this, { ...this.#parts, disk: this.disk, logged: (what, facts) => watch.logged(this, what, facts) });
    if (start !== this.#starts) return; // Killed while it recovered.
    const replica = this.#watched(
      new Replica(simOptions(this.#parts, { id: this.id, incarnation: this.incarnation, url: this.advertisedUrl }), opened),
    );
    const driver = new Driver({
      replica,
      store: opened.log,
      clock,
      network: network.for({ url: this.url, clock }),
      delayMs: plan.delayMs,
      masterUrls: this.#parts.masterUrls,
      self: { id: this.id, url: this.advertisedUrl },
    });
    driver.observe(this.#observer());
    const { id: serverId, url } = this;
    const [masterUrl] = this.#parts.isElecting ? [] : this.#parts.masterUrls;
    const leaderWatch = new LeaderWatch(driver, clock);
    const forwardIdentities = new ForwardIdentities(this.#parts.number * startsMax + this.#starts);
    this.#running = { url, clock, driver, leaderWatch, forwardIdentities, config: { serverId, masterUrl }, replica, log: opened.log };
    driver.failed.catch((error: unknown) => watch.ended(this, error));
    network.listen({
      url: this.url,
      clock,
      node: this,
      register: (newUrl, by) =>
        this.call((process) =>
          serve(network, process, {
            ask: (leader) => leader.commands.register(newUrl, by),
            timeoutMs: registrationTimeoutMs,
            isRepeatable: true,
          }),
        ),
      accept: (stream) => driver.accept(stream),
      refuse: (clusterId) => refusalFor(replica, clusterId),
    });
    watch.logged(this, 'started', { end: replica.durableEnd });
    driver.start();
  }

  /** kill -9; with `isPowerLoss` the machine goes too. */
  kill(isPowerLoss: boolean): void {
    this.#starts += 1;
    this.#running?.driver.halt();
    this.#clock?.stop();
    this.#parts.network.leave(this.url);
    if (isPowerLoss) this.disk.crash();
    else this.disk.killProcess();
    if (this.isInMemory) this.disk.wipe();
    this.#running = undefined;
    this.isPaused = false;
    this.isToldToEnd = false;
    const broken = new Error(`${this.id} ended`);
    for (const breakOff of this.#calls) breakOff(broken);
    this.#calls.clear();
  }

  /** It is no longer at the address that the others were given. */
  get hasMoved(): boolean {
    return this.#moves > 0;
  }

  /** It was told to stop, and is shutting down properly. */
  get isStopping(): boolean {
    return this.#running?.replica.status().refusal === 'shutting-down';
  }

  /** From its next start on it is at another address. */
  move(): void {
    this.#moves += 1;
  }

  pause(): void {
    if (!this.isPaused) this.#pausedAt = this.#parts.world.now;
    this.isPaused = true;
    this.#clock?.pause();
  }

  resume(): void {
    // It was paused twice, or was started again meanwhile.
    if (!this.isPaused) return;
    this.isPaused = false;
    const { now } = this.#parts.world;
    // A node need not notice a very short pause.
    if (now - this.#pausedAt >= noticedPauseMs) this.#resumedAt = now;
    this.#clock?.resume();
  }

  /** Time since it was resumed after a pause that it must notice. */
  get msSinceResumed(): number {
    return this.#parts.world.now - this.#resumedAt;
  }

  /** Whether it runs, and has had time to read what arrived while it was paused. */
  get isAwake(): boolean {
    return !this.isPaused && this.#running?.driver.isStopped !== true && this.#parts.world.now - this.#resumedAt >= 1000;
  }

  /** Its wall clock was set to another time, at least once. */
  hadWrongClock = false;

  jumpClock(byMs: number): void {
    this.hadWrongClock = true;
    this.#skews.wasUntil(this.#parts.world.now, this.#clock?.wallSkewMs);
    this.#clock?.jump(byMs);
  }

  /** The most that its wall clock was recently ahead of the world's. */
  wallSkewMax(withinMs: number): number {
    return this.#skews.max(this.#parts.world.now - withinMs, this.#clock?.wallSkewMs);
  }

  /** By this process's own clock; never, if the process ends before. */
  after(ms: number, callback: () => void): void {
    this.#clock?.after(ms, callback);
  }

  /**
   * Sends a client's request to this process: it is handled when the process runs, and broken off when the process ends.
   * @throws NotThere if there is no process; Error if it ends meanwhile
   */
  call<T>(ask: (process: CalledProcess) => Promise<T>): Promise<T> {
    const running = this.#running;
    if (running === undefined) return Promise.reject(new NotThere(`${this.id} is not there`));
    return new Promise<T>((resolve, reject) => {
      this.#calls.add(reject);
      running.clock.deliver(() => {
        ask(running)
          .then(resolve, reject)
          .finally(() => this.#calls.delete(reject));
      });
    });
  }

  /** Shows the watcher each event that goes in and each decision that comes out. */
  #watched(replica: Replica): Replica {
    const { watch } = this.#parts;
    const step = replica.step.bind(replica);
    const takeReady = replica.takeReady.bind(replica);
    replica.step = (event) => {
      watch.heard(this, event);
      step(event);
    };
    replica.takeReady = () => {
      const ready = takeReady();
      if (ready !== undefined) watch.decided(this, ready);
      return ready;
    };
    return replica;
  }

  #observer(): DriverObserver {
    const { watch } = this.#parts;
    return {
      logged: ({ event, facts }) => watch.logged(this, event, facts),
      placed: ({ batch }) =>
        watch.logged(this, 'batch', { number: batch.number, epoch: batch.epoch, offset: batch.baseOffset, count: batch.entryCount }),
      flushed: () => undefined,
      acknowledged: () => undefined,
      answered: () => undefined,
    };
  }
}

function refusalFor(replica: Replica, clusterId: string | null): DialRefused | undefined {
  const mine = replica.refusalOf(clusterId);
  if (mine === undefined) return undefined;
  const facts = { cluster: mine.clusterId, members: mine.memberIds, hasMessages: mine.hasMessages };
  return new DialRefused('another cluster', { code: 'other-cluster', facts });
}
