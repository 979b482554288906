/**
 * Runs one seed: a cluster, clients and faults, with the checkers running after every event; then the faults stop and
 * everything must converge.
 */

import type { Ready, ReplicaEvent } from '../core/model/events.ts';
import { StorageDamaged } from '../storage/format/storage-damaged.ts';
import { claim } from './world/claim.ts';
import { Clients } from './workload/clients.ts';
import { Coverage } from './checkers/coverage.ts';
import type { HardCase } from './checkers/coverage.ts';
import { countLogged } from './checkers/logged-cases.ts';
import { EarlyRetries } from './checkers/early-retries.ts';
import { DateChecker } from './checkers/date-checker.ts';
import { ElectionChecker } from './checkers/election-checker.ts';
import { Faults } from './workload/faults.ts';
import { checkIdentities } from './checkers/forward-checker.ts';
import { HistoryChecker } from './checkers/history-checker.ts';
import { LogChecker } from './checkers/log-checker.ts';
import { LoserChecker } from './checkers/loser-checker.ts';
import { Keeper } from './workload/keeper.ts';
import { LeaderTasks } from './workload/leader-tasks.ts';
import { TrimChecker } from './checkers/trim-checker.ts';
import { SimCoordinator } from './workload/sim-coordinator.ts';
import { planFor } from './world/plan.ts';
import type { FaultKind, Plan } from './world/plan.ts';
import { QuorumChecker } from './checkers/quorum-checker.ts';
import { KnownBatches } from './world/known-batches.ts';
import { Random } from './world/random.ts';
import { FlushFailed } from './world/sim-disk.ts';
import { SimNetwork } from './world/sim-network.ts';
import { SimNode, urlOf } from './world/sim-node.ts';
import type { NodeWatch } from './world/sim-node.ts';
import { World } from './world/world.ts';

const faultsMs = 30_000;
const calmMs = 30_000;
const eventsMin = 2000;
/** A process that was paused must not judge by silence at once. */
const wakeMs = 100;
const storyLinesMax = 400;
/** Numbers of its own, so that what else a seed decides does not depend on the tasks. */
const tasksSeed = 0x7a5c;

export interface SimulationOptions {
  /** Keeps the whole story, not only its end. */
  readonly isTraced?: boolean;
  readonly nodeCount?: number | undefined;
  /** The nodes elect their leader, whatever the seed says. */
  readonly isElecting?: boolean;
}

export interface SimulationResult {
  readonly seed: number;
  readonly plan: Plan;
  readonly events: number;
  readonly simulatedMs: number;
  readonly appends: Clients['counts'];
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly coverage: Readonly<Partial<Record<HardCase, number>>>;
  /** The claim that was broken, if one was. */
  readonly violation: string | undefined;
  readonly story: readonly string[];
}

export function simulate(seed: number, options: SimulationOptions = {}): Promise<SimulationResult> {
  return new Simulation(seed, options).run();
}

class Simulation {
  readonly #seed: number;
  readonly #isTraced: boolean;
  readonly #plan: Plan;
  readonly #world = new World();
  readonly #nodes: readonly SimNode[];
  readonly #logs: LogChecker;
  readonly #history: HistoryChecker;
  readonly #quorums = new QuorumChecker();
  readonly #losers = new LoserChecker(this.#world);
  readonly #dates: DateChecker;
  readonly #coverage = new Coverage();
  readonly #known = new KnownBatches();
  readonly #earlyRetries = new EarlyRetries(() => this.#coverage.count('a retry joined an entry of an earlier epoch before the marker'));
  /** Only with nodes that elect their leader. */
  readonly #elections: ElectionChecker | undefined;
  readonly #clients: Clients;
  readonly #faults: Faults;
  readonly #trims: TrimChecker;
  readonly #keeper: Keeper;
  readonly #coordinator: SimCoordinator;
  readonly #random: Random;
  readonly #story: string[] = [];
  /** Entries of earlier epochs that were not committed when a leader's epoch began. */
  readonly #uncommittedAt = new Map<SimNode, number>();
  #violation: string | undefined;

  constructor(seed: number, { isTraced = false, nodeCount, isElecting = false }: SimulationOptions) {
    this.#seed = seed;
    this.#isTraced = isTraced;
    const random = new Random(seed);
    this.#random = random.fork();
    const plan = planFor(random.fork(), { nodeCount, isElecting });
    this.#plan = plan;
    const world = this.#world;
    const network = new SimNetwork(world, random.fork());
    this.#nodes = this.#makeNodes(random, network);
    const nodes = this.#nodes;
    this.#dates = new DateChecker(world, nodes);
    const logs = new LogChecker(nodes);
    const history = new HistoryChecker(logs, nodes.length);
    this.#logs = logs;
    this.#history = history;
    const coverage = this.#coverage;
    const tell = (node: string, what: string, facts: unknown): void => this.#tell(node, what, facts);
    const onError = (error: unknown): void => this.#break(error);
    const trims = new TrimChecker(nodes, logs);
    this.#trims = trims;
    const tasks = new LeaderTasks(nodes, new Random(seed + tasksSeed));
    this.#clients = new Clients({ world, network, nodes, random: random.fork(), plan, history, trims, tasks, coverage, tell, onError });
    const probe = (node: SimNode): Promise<void> | undefined => this.#clients.probe(node);
    const isElected = plan.coordinator === 'elections';
    this.#elections = isElected ? new ElectionChecker({ world, network, nodes, coverage, probe, onError }) : undefined;
    this.#faults = new Faults({ world, network, nodes, random: random.fork(), plan, logs, coverage, tell, onError });
    this.#coordinator = new SimCoordinator({ world, nodes, random: random.fork(), plan, tell });
    this.#keeper = new Keeper({ world, network, nodes, random: random.fork(), plan, trims, tell, onError });
  }

  async run(): Promise<SimulationResult> {
    for (const node of this.#nodes) this.#world.after(this.#random.between(0, this.#plan.startsWithinMs), () => this.#faults.boot(node));
    this.#faults.start();
    this.#coordinator.start();
    this.#elections?.start();
    this.#clients.start();
    this.#keeper.start();
    const check = (): void =>
      this.#guard(() => {
        this.#logs.check();
        for (const node of this.#nodes) {
          this.#quorums.check(node);
          this.#trims.check(node);
          if (this.#elections === undefined) this.#losers.check(node);
          else this.#elections.check(node);
        }
      });
    const isOver = (): boolean => this.#violation !== undefined;
    await this.#world.run(faultsMs, check, isOver);
    this.#tell('-', 'CALM', {});
    this.#clients.stopAsking();
    this.#keeper.stopAsking();
    this.#faults.stopFaults();
    this.#coordinator.stopFaults();
    await this.#world.run(faultsMs + calmMs, check, isOver);
    if (this.#violation === undefined) this.#guard(() => this.#checkEnd());
    for (const node of this.#nodes) if (node.isUp) node.kill(false);
    return {
      seed: this.#seed,
      plan: this.#plan,
      events: this.#world.eventCount,
      simulatedMs: this.#world.now,
      appends: this.#clients.counts,
      faults: this.#faults.counts,
      coverage: this.#coverage.counts,
      violation: this.#violation,
      story: this.#story,
    };
  }

  #checkEnd(): void {
    this.#history.checkAgainst(this.#logs.converged());
    this.#trims.checkEnd();
    for (const { id, disk } of this.#nodes) claim(!disk.isDamaged, () => `damage is found in time: ${id} has some and has not noticed`);
    claim(this.#clients.openCount === 0, () => `every client is answered, and ${this.#clients.openCount} are not`);
    claim(this.#world.eventCount >= eventsMin, 'a simulation has a minimum length');
  }

  #makeNodes(random: Random, network: SimNetwork): SimNode[] {
    const { nodes, areNamed, coordinator } = this.#plan;
    const urls = nodes.map(({ name }) => urlOf(name));
    const isElecting = coordinator === 'elections';
    return nodes.map((plan, index) => {
      const isMaster = index === 0;
      const others = urls.filter((_, at) => at !== index);
      return new SimNode({
        world: this.#world,
        network,
        random: random.fork(),
        number: index,
        plan,
        secondaries: isElecting || (isMaster && areNamed) ? others : [],
        isElecting,
        isFounder: isMaster,
        // Where any node may come to lead, the first one, too, needs an address at which to register.
        masterUrls: isElecting ? others : isMaster ? (coordinator === 'fickle' ? urls.slice(1, 2) : []) : urls.slice(0, 1),
        // A node that a fickle coordinator names must not found a cluster of its own.
        newCluster: isMaster || coordinator !== 'fickle' ? 'auto' : 'never',
        watch: this.#watch(),
      });
    });
  }

  #watch(): NodeWatch {
    return {
      logged: (node, what, facts) => this.#logged(node, what, facts),
      heard: (node, event) => this.#heard(node, event),
      decided: (node, ready) => this.#decided(node, ready),
      readFromDisk: () => this.#coverage.count('a follower caught up from disk'),
      flushed: (storage, batches) => this.#quorums.flushed(storage, batches),
      known: this.#known,
      ended: (node, error) => this.#ended(node, error),
    };
  }

  #logged(node: SimNode, what: string, facts: Readonly<Record<string, unknown>>): void {
    this.#tell(node.id, what, facts);
    countLogged(this.#coverage, node.id, { what, facts });
    const elections = this.#elections;
    if (elections === undefined) this.#losers.logged(node, what);
    else this.#guard(() => elections.logged(node, what, facts));
    if (what === 'started') this.#coordinator.started(node);
    else if (what === 'cluster.founded') this.#faults.founded(node);
    else if (what === 'log.cut') this.#faults.cuts(node);
    else if (what === 'leadership.handing-over') this.#faults.handingOver(node, facts['to']);
    else if (what === 'recovery.started') this.#faults.fetchesFrom(facts['from']);
    else if (what === 'stream.silent') {
      const { msSinceResumed } = node;
      this.#guard(() =>
        claim(msSinceResumed > wakeMs, () => `${node.id} reads what is waiting before it calls others silent: ${msSinceResumed} ms`),
      );
    } else if (what === 'storage.forgot') {
      this.#guard(() => this.#logs.saysForgotten(node));
    } else if (what === 'epoch.began') {
      this.#uncommittedAt.set(node, Number(facts['logEnd']) - this.#logs.committed.length);
      if (node.replica !== undefined) this.#earlyRetries.epochBegan(node.replica);
    } else if (what === 'epoch.confirmed') {
      if ((this.#uncommittedAt.get(node) ?? 0) > 0) this.#coverage.count('a marker committed earlier entries');
      if (node.replica !== undefined) this.#earlyRetries.epochConfirmed(node.replica);
    }
  }

  #heard(node: SimNode, event: ReplicaEvent): void {
    this.#quorums.heard(node, event);
    this.#losers.heard(node, event);
    this.#elections?.heard(node, event);
    if (node.replica !== undefined) this.#earlyRetries.heard(node.replica, event);
    if (event.kind !== 'messageReceived' || event.message.kind !== 'acknowledge') return;
    if (event.message.epoch < (node.replica?.promisedEpoch ?? 0)) this.#coverage.count('a late acknowledgement of an older epoch');
  }

  #decided(node: SimNode, ready: Ready): void {
    this.#quorums.decided(node, ready);
    this.#elections?.decided(node, ready);
    for (const work of ready.logWork) {
      if (work.kind !== 'write') continue;
      this.#dates.decided(node, work.draft);
      this.#guard(() => this.#trims.decided(node, work.draft));
      this.#guard(() => checkIdentities(node, work.draft, this.#nodes));
    }
    if (node.replica !== undefined) this.#earlyRetries.decided(node.replica, ready);
    for (const { message } of ready.sends) if (message.kind === 'promise') this.#logs.promised(node, message.epoch);
  }

  /** A failed flush must end a process, and so must real damage; any other end is a bug. */
  #ended(node: SimNode, error: unknown): void {
    if (error instanceof StorageDamaged && node.disk.isDamaged) {
      this.#coverage.count('damage was found while a node ran');
      return this.#faults.foundDamage(node, error);
    }
    if (!(error instanceof FlushFailed)) return this.#break(error);
    this.#tell(node.id, 'ended by its disk', {});
    this.#faults.endedByItself(node);
  }

  #guard(check: () => void): void {
    if (this.#violation !== undefined) return;
    try {
      check();
    } catch (error) {
      this.#break(error);
    }
  }

  #break(error: unknown): void {
    this.#violation ??= error instanceof Error ? (error.stack ?? error.message) : String(error);
  }

  #tell(node: string, what: string, facts: unknown): void {
    this.#story.push(`${this.#world.now.toFixed(2).padStart(10)} ${node.padEnd(3)} ${what} ${JSON.stringify(facts)}`);
    if (!this.#isTraced && this.#story.length > storyLinesMax) this.#story.shift();
  }
}
