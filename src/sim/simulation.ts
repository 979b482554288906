/**
 * Runs one seed: a cluster, clients and faults, with the checkers looking after every event; then the faults stop and
 * everything must converge.
 */

import { LogError } from '../problems.ts';
import { Checker } from './checker.ts';
import { Random } from './random.ts';
import { SimNetwork } from './sim-network.ts';
import { SimNode, urlOf } from './sim-node.ts';
import { World } from './world.ts';

export interface SimulationResult {
  readonly seed: number;
  readonly events: number;
  readonly simulatedMs: number;
  readonly acknowledged: number;
  readonly rejected: number;
  readonly unknown: number;
  readonly faults: Readonly<Record<string, number>>;
  /** What broke, if anything did. */
  readonly violation: string | undefined;
  readonly story: readonly string[];
}

type FaultKind = 'kill' | 'powerLoss' | 'wipe' | 'pause' | 'cut' | 'cutOneWay' | 'breakStream' | 'heal' | 'fillDisk' | 'secondMaster';

const storyMax = 400;

export async function simulate(seed: number, isTraced = false): Promise<SimulationResult> {
  return new Simulation(seed, isTraced).run();
}

class Simulation {
  readonly #seed: number;
  readonly #random: Random;
  readonly #world = new World();
  readonly #network: SimNetwork;
  readonly #nodes: SimNode[] = [];
  readonly #checker: Checker;
  readonly #story: string[] = [];
  readonly #isTraced: boolean;
  readonly #faults: Record<string, number> = {};
  readonly #kinds: FaultKind[];
  #violation: string | undefined;
  readonly #areNamed: boolean;
  #isCalm = false;
  #counts = { acknowledged: 0, rejected: 0, unknown: 0 };
  #openAppends = 0;
  #written = 0;

  constructor(seed: number, isTraced: boolean) {
    this.#seed = seed;
    this.#random = new Random(seed);
    this.#isTraced = isTraced;
    this.#network = new SimNetwork(this.#world, this.#random.fork());
    const count = this.#random.chance(0.7) ? 3 : this.#random.pick([2, 5]);
    const names = Array.from({ length: count }, (_, index) => (index === 0 ? 'm' : `s${index}`));
    const areNamed = this.#random.chance(0.7);
    this.#areNamed = areNamed;
    const secondaries = areNamed ? names.slice(1).map(urlOf) : [];
    const memoryShare = this.#random.chance(0.3) ? 0.5 : 0;
    for (const name of names) {
      this.#nodes.push(
        new SimNode({
          world: this.#world,
          network: this.#network,
          random: this.#random.fork(),
          name,
          secondaries: name === 'm' ? secondaries : [],
          masterUrl: name === 'm' ? undefined : urlOf('m'),
          isMaster: name === 'm',
          // An empty master that has no named secondaries founds anew: nothing is promised then.
          isInMemory: this.#random.chance(memoryShare) && (name !== 'm' || areNamed),
          delayMs: this.#random.chance(0.2) ? this.#random.between(1, 2000) : 0,
          tell: (node, what, facts) => this.#tell(node, what, facts),
          onFailure: (error) => this.#break(error),
        }),
      );
    }
    const all: FaultKind[] = ['kill', 'powerLoss', 'wipe', 'pause', 'cut', 'cutOneWay', 'breakStream', 'heal', 'fillDisk'];
    this.#kinds = all.filter(() => this.#random.chance(0.6));
    this.#checker = new Checker(this.#nodes, { mayLoseMajority: !areNamed || memoryShare > 0 });
  }

  async run(): Promise<SimulationResult> {
    for (const node of this.#nodes) this.#world.after(this.#random.between(0, 500), () => this.#start(node));
    this.#scheduleFault();
    for (let client = 0; client < 3; client += 1) this.#scheduleAppend();
    const look = (): void => this.#look();
    const isOver = (): boolean => this.#violation !== undefined;
    await this.#world.run(30_000, look, isOver);
    this.#calmDown();
    await this.#world.run(this.#world.now + 30_000, look, isOver);
    if (this.#violation === undefined) {
      try {
        this.#checker.checkConverged(this.#openAppends);
      } catch (error) {
        this.#break(error);
      }
    }
    for (const node of this.#nodes) if (node.isUp) node.kill(false);
    return {
      seed: this.#seed,
      events: this.#world.eventCount,
      simulatedMs: this.#world.now,
      ...this.#counts,
      faults: this.#faults,
      violation: this.#violation,
      story: this.#story,
    };
  }

  #look(): void {
    if (this.#violation !== undefined) return;
    try {
      this.#checker.look();
    } catch (error) {
      this.#break(error);
    }
  }

  #break(error: unknown): void {
    this.#violation ??= error instanceof Error ? (error.stack ?? error.message) : String(error);
  }

  #start(node: SimNode): void {
    if (node.isUp) return;
    node.start().catch((error: unknown) => this.#break(error));
  }

  #scheduleFault(): void {
    this.#world.after(this.#random.between(50, 3000), () => {
      if (this.#isCalm) return;
      if (this.#kinds.length > 0) this.#fault(this.#random.pick(this.#kinds));
      this.#scheduleFault();
    });
  }

  #fault(kind: FaultKind): void {
    const node = this.#random.pick(this.#nodes);
    const other = this.#random.pick(this.#nodes);
    if (kind === 'wipe' && !this.#mayWipe(node)) return;
    // Without room for its first state file a node does not start at all.
    if (kind === 'fillDisk' && !node.isUp) return;
    this.#faults[kind] = (this.#faults[kind] ?? 0) + 1;
    this.#tell(node.id, `FAULT ${kind}`, { other: other.id });
    switch (kind) {
      case 'kill':
      case 'powerLoss':
      case 'wipe':
        if (node.isInMemory && !this.#mayWipe(node)) return;
        node.kill(kind === 'powerLoss');
        if (kind === 'wipe' || node.isInMemory) {
          node.disk.wipe();
          node.disk.capacityBytes = Number.POSITIVE_INFINITY;
          this.#checker.wiped(node);
        }
        this.#world.after(this.#random.between(10, 5000), () => this.#start(node));
        break;
      case 'pause':
        node.pause();
        this.#world.after(this.#random.between(100, 6000), () => node.resume());
        break;
      case 'cut':
        this.#network.cut(node.url, other.url);
        this.#network.cut(other.url, node.url);
        break;
      case 'cutOneWay':
        this.#network.cut(node.url, other.url);
        break;
      case 'breakStream':
        this.#network.breakSomeStream();
        break;
      case 'heal':
        this.#network.heal();
        break;
      case 'fillDisk':
        node.disk.capacityBytes = node.disk.usedBytes + this.#random.between(0, 2000);
        this.#world.after(this.#random.between(500, 5000), () => {
          node.disk.capacityBytes = Number.POSITIVE_INFINITY;
        });
        break;
      case 'secondMaster':
        break;
      default:
        throw new Error(`no such fault: ${String(kind)}`);
    }
  }

  /** Only while all others have their storage and what is committed: beyond that nothing is promised. */
  #mayWipe(node: SimNode): boolean {
    if (node.isMaster && !this.#areNamed) return false;
    return this.#nodes.length > 2 && this.#checker.mayWipe(node);
  }

  #calmDown(): void {
    this.#isCalm = true;
    this.#tell('-', 'CALM', {});
    this.#network.heal();
    for (const node of this.#nodes) {
      node.disk.capacityBytes = Number.POSITIVE_INFINITY;
      node.resume();
      if (!node.isUp) this.#start(node);
    }
  }

  #scheduleAppend(): void {
    this.#world.after(this.#random.between(1, 400), () => {
      if (this.#isCalm) return;
      this.#append();
      this.#scheduleAppend();
    });
  }

  #append(): void {
    const node = this.#nodes[0];
    const driver = node?.driver;
    if (driver === undefined || node?.isPaused === true) return;
    this.#written += 1;
    const message = JSON.stringify(`message ${this.#written}`);
    const w = this.#random.pick([1, 2, 3, 'majority', 'majority', 'all'] as const);
    this.#openAppends += 1;
    const isKeyed = this.#random.chance(0.5);
    const key = isKeyed ? { fingerprint: pad(`k${this.#written}`), digest: pad(message.slice(-16)), entryCount: 1 } : undefined;
    const append = { messages: [Buffer.from(message)], key, concern: { w, timeoutMs: this.#random.between(100, 10_000) } };
    this.#checker.asked(message);
    driver
      .append(append)
      .then(
        (result) => {
          this.#counts.acknowledged += 1;
          this.#tell(node?.id ?? '-', 'acknowledged', { message, w, ...result });
          this.#guard(() => this.#checker.acknowledged({ message, w, ...result }));
          if (isKeyed && this.#random.chance(0.5)) this.#retry(append, message);
        },
        (error: unknown) => {
          if (!(error instanceof LogError)) throw error;
          this.#tell(node?.id ?? '-', error.code, { message, w, facts: error.facts });
          const isUnknown = ['concern-timeout', 'epoch-ended', 'stopped-while-waiting'].includes(error.code);
          if (isUnknown) this.#counts.unknown += 1;
          else {
            this.#counts.rejected += 1;
            this.#checker.rejected(message);
          }
          if (isUnknown && isKeyed) this.#retry(append, message);
        },
      )
      .catch((error: unknown) => this.#break(error))
      .finally(() => {
        this.#openAppends -= 1;
      });
    // A crash of the node answers nobody: the client sees its connection break.
    void driver.failed.catch(() => undefined);
    this.#world.after(60_000, () => undefined);
  }

  /** Sends the same append once more, with the same key. */
  #retry(append: Parameters<NonNullable<SimNode['driver']>['append']>[0], message: string): void {
    this.#world.after(this.#random.between(1, 3000), () => {
      const driver = this.#nodes[0]?.driver;
      if (driver === undefined) return;
      driver.append(append).then(
        (result) => this.#guard(() => this.#checker.acknowledged({ message, w: append.concern.w, ...result })),
        (error: unknown) => {
          if (!(error instanceof LogError)) this.#break(error);
        },
      );
    });
  }

  #guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.#break(error);
    }
  }

  #tell(node: string, what: string, facts: unknown): void {
    const line = `${this.#world.now.toFixed(2).padStart(10)} ${node.padEnd(3)} ${what} ${JSON.stringify(facts)}`;
    this.#story.push(line);
    if (!this.#isTraced && this.#story.length > storyMax) this.#story.shift();
  }
}

function pad(text: string): Buffer {
  return Buffer.from(text.padEnd(16, '\0').slice(0, 16), 'latin1');
}
