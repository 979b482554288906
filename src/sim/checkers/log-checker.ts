/**
 * Checks the logs of a simulated cluster after every event.
 *
 * It keeps a mirror of what each node holds durably, and the one sequence that any node ever reported as committed.
 */

import type { StorageId } from '../../core/model/numbers.ts';
import { claim } from '../world/claim.ts';
import { checkStored } from './fence-checker.ts';
import type { SimEntry } from '../world/shadowed-log.ts';
import type { SimNode } from '../world/sim-node.ts';

/** A candidate leaves a source that owes it an answer and is silent after three seconds, at the next tick. */
const sourceSilentMsMax = 3300;

interface Mirror {
  /** What the node holds durably, as far as the checker has seen. */
  entries: SimEntry[];
  /** Of the process that was checked last. A restarted node may have less in memory, but never less on disk. */
  replica: unknown;
  committedEnd: number;
  /** How much of its committed prefix has been compared. */
  comparedEnd: number;
  /** The highest epoch that it was seen to promise to another node. */
  promisedEpoch: number;
  leadsEpoch: number;
  /** Its disk lost something; cleared once the node has another storage id. */
  harm: Harm | undefined;
}

export interface Harm {
  readonly storageId: StorageId;
  /** Number of the last batch that was noted as flushed. */
  readonly noted: number;
  /** It has been started since, and was found to hold what was noted or to have another storage id. */
  isJudged: boolean;
}

export class LogChecker {
  readonly #nodes: readonly SimNode[];
  /** What some node reported as committed, for ever. */
  readonly #committed: SimEntry[] = [];
  /** For each of these entries, the epoch in which it was first seen to be committed. */
  readonly #committedIn: number[] = [];
  readonly #mirrors = new Map<SimNode, Mirror>();
  /** `offset entry` -> the nodes that ever held it durably. */
  readonly #holders = new Map<string, Set<SimNode>>();
  readonly #leaders = new Map<number, string>();
  /** Nodes whose storage was lost, in part or whole, and which have not been seen as healthy members since. */
  readonly #lost = new Set<SimNode>();

  constructor(nodes: readonly SimNode[]) {
    this.#nodes = nodes;
    for (const node of nodes) this.#mirrors.set(node, blankMirror());
  }

  get committed(): readonly SimEntry[] {
    return this.#committed;
  }

  /** How many nodes ever held this entry durably. */
  holderCount(offset: number, entry: SimEntry): number {
    return this.#holders.get(`${offset} ${entry}`)?.size ?? 0;
  }

  wiped(node: SimNode): void {
    this.#mirrors.set(node, blankMirror());
    this.#lost.add(node);
  }

  /** Its disk loses something while it is down. */
  forgets(node: SimNode, harm: Harm): void {
    this.#mirrorOf(node).harm = harm;
    this.#lost.add(node);
  }

  /** A node reports that its disk forgot. */
  saysForgotten(node: SimNode): void {
    claim(this.#mirrorOf(node).harm !== undefined, () => `a node reports that its disk forgot only if it did: ${node.id}`);
  }

  /** Whether every storage has what the leader believes it has. */
  isNobodyLost(): boolean {
    for (const node of this.#lost) if (this.#areWell([node])) this.#lost.delete(node);
    return this.#lost.size === 0;
  }

  /** It answered a candidate: from now on its promised epoch may not be lower. */
  promised(node: SimNode, epoch: number): void {
    const mirror = this.#mirrorOf(node);
    mirror.promisedEpoch = Math.max(mirror.promisedEpoch, epoch);
  }

  /** Whether the cluster can lose this node's storage without breaking a promise: all others are up, members, and hold what is committed. */
  canLose(node: SimNode): boolean {
    return this.#areWell(this.#nodes.filter((other) => other !== node));
  }

  /** Whether the cluster can lose all other storages without breaking a promise: this node leads, and all are up, members, and hold what is committed. */
  mayKeepAlone(node: SimNode): boolean {
    const status = node.replica?.status();
    // What the others hold and it has not flushed may be a commit that it knows of and has told nobody yet.
    const isDurable = status !== undefined && status.durableEnd === status.logEnd;
    return status?.role === 'leader' && isDurable && this.#areWell(this.#nodes);
  }

  #areWell(nodes: readonly SimNode[]): boolean {
    const leader = this.#nodes.find((candidate) => candidate.replica?.isLeading === true && !candidate.isPaused);
    const members = leader?.replica?.status().members ?? [];
    if (members.length !== this.#nodes.length) return false;
    return nodes.every((node) => {
      const member = members.find((candidate) => candidate.id === node.id);
      const holdsAll = (node.replica?.durableEnd ?? 0) >= this.#committed.length;
      // Until it has the list with all of them, another storage may be one too many to lose.
      const knowsAll = node.replica?.status().members.length === members.length;
      return node.isUp && !node.isPaused && member?.state === 'member' && member.health === 'healthy' && holdsAll && knowsAll;
    });
  }

  /** Whether the list in force, as the leader has it, names this node. */
  isMember(node: SimNode): boolean {
    const leader = this.#nodes.find((candidate) => candidate.replica?.isLeading === true);
    return leader?.replica?.status().members.some((member) => member.id === node.id && member.state === 'member') ?? false;
  }

  /** Whether a majority has a list without unclaimed addresses. */
  isEverybodyClaimed(): boolean {
    const lists = this.#nodes.flatMap((node) => (node.replica === undefined ? [] : [node.replica.status().members]));
    const claimed = lists.filter((members) => members.length > 0 && members.every((member) => member.state !== 'unclaimed'));
    return claimed.length === lists.length && 2 * claimed.length > this.#nodes.length;
  }

  check(): void {
    for (const node of this.#nodes) {
      const { replica } = node;
      if (replica === undefined) continue;
      const mirror = this.#mirrorOf(node);
      if (mirror.replica !== replica) this.#checkRestart(node, mirror);
      if (mirror.harm !== undefined && node.log?.storageId !== mirror.harm.storageId) mirror.harm = undefined;
      if (replica.durableEnd !== mirror.entries.length) this.#checkDurable(node, mirror, replica.durableEnd);
      if (replica.committedEnd !== mirror.comparedEnd) this.#checkCommitted(node, mirror, replica.committedEnd);
      if (replica.isLeading && mirror.leadsEpoch !== replica.promisedEpoch) this.#checkLeader(node, mirror, replica.promisedEpoch);
      claim(replica.promisedEpoch >= mirror.promisedEpoch, () => `a promise is kept: ${node.id} promised ${mirror.promisedEpoch}`);
      const silentMs = replica.sourceSilentMs;
      claim(!node.isAwake || silentMs <= sourceSilentMsMax, () => `${node.id} waits for a source that has been silent for ${silentMs} ms`);
      claim(replica.waitingAppends <= node.pendingAppendsMax, () => `at most ${node.pendingAppendsMax} appends wait at ${node.id}`);
    }
  }

  /** After the faults: all nodes have the same log, and know that it is committed. @returns that log */
  converged(): readonly SimEntry[] {
    const leader = this.#nodes.find((node) => node.replica?.isLeading === true);
    claim(leader !== undefined, () => `after the faults a node leads: ${this.#states()}`);
    const end = leader.replica?.durableEnd ?? 0;
    const expected = leader.entries(0, end);
    claim(expected.length === end, () => `${leader.id} can read its own log: ${expected.length} of ${end} entries`);
    for (const node of this.#nodes) {
      const count = node.replica?.durableEnd ?? -1;
      claim(count === end, () => `all nodes hold the same: ${node.id} has ${count} entries of ${end}; ${this.#states()}`);
      const held = node.entries(0, end);
      const differs = expected.findIndex((entry, at) => held[at] !== entry);
      claim(differs === -1, () => `one order: at ${differs} ${node.id} has ${held[differs]}, and ${leader.id} ${expected[differs]}`);
      claim(
        node.replica?.committedEnd === end,
        () => `${node.id} knows that its whole log is committed: ${node.replica?.committedEnd} of ${end}`,
      );
    }
    const members = leader.replica?.status().members ?? [];
    const isWhole = members.length === this.#nodes.length && members.every((member) => member.state === 'member');
    claim(isWhole, () => `all nodes are members: ${JSON.stringify(members)}`);
    claim(leader.replica?.waitingAppends === 0, 'every waiting writer is answered');
    return expected;
  }

  #mirrorOf(node: SimNode): Mirror {
    const mirror = this.#mirrors.get(node);
    if (mirror === undefined) throw new Error(`${node.id} is not of this cluster`);
    return mirror;
  }

  /** A restart on the same disk finds everything that was flushed before. */
  #checkRestart(node: SimNode, mirror: Mirror): void {
    // Later it may have cut its log to less than was noted then, and must find what it keeps.
    if (mirror.harm?.isJudged === false) this.#checkForgotten(node, mirror, mirror.harm);
    const before = mirror.entries;
    const now = node.entries(0, before.length);
    const differs = before.findIndex((entry, at) => now[at] !== entry);
    claim(
      differs === -1,
      () => `what was flushed is there after a restart: at ${differs} ${node.id} had ${before[differs]}, has ${now[differs]}`,
    );
    mirror.replica = node.replica;
    mirror.committedEnd = 0;
    mirror.leadsEpoch = 0;
  }

  /** A disk may forget, but then the node must not count as the storage that held what was lost. */
  #checkForgotten(node: SimNode, mirror: Mirror, harm: Harm): void {
    const { storageId, noted } = harm;
    harm.isJudged = true;
    const batchCount = node.log?.batches.length ?? 0;
    claim(
      batchCount > noted || node.log?.storageId !== storageId,
      () => `a node that forgot what was noted takes a new storage id: ${node.id} noted batch ${noted}, and has ${batchCount}`,
    );
    mirror.entries.length = Math.min(mirror.entries.length, node.replica?.durableEnd ?? 0);
    mirror.comparedEnd = Math.min(mirror.comparedEnd, mirror.entries.length);
  }

  #checkDurable(node: SimNode, mirror: Mirror, end: number): void {
    if (end < mirror.entries.length) {
      const lost = mirror.entries.findIndex((entry, at) => this.#committed[at] !== entry);
      const kept = lost === -1 ? mirror.entries.length : lost;
      claim(
        end >= Math.min(kept, this.#committed.length),
        () => `a cut takes nothing committed: ${node.id} cut to ${end}, and ${kept} were`,
      );
      mirror.entries.length = end;
      return;
    }
    for (const entry of node.entries(mirror.entries.length, end)) {
      const name = `${mirror.entries.length} ${entry}`;
      let holders = this.#holders.get(name);
      if (holders === undefined) this.#holders.set(name, (holders = new Set()));
      if (holders.size === 0) checkStored(node.id, entry);
      holders.add(node);
      mirror.entries.push(entry);
    }
  }

  #checkCommitted(node: SimNode, mirror: Mirror, end: number): void {
    claim(end >= mirror.committedEnd, () => `committedEnd never goes down: ${node.id} had ${mirror.committedEnd}, has ${end}`);
    mirror.committedEnd = end;
    for (let at = mirror.comparedEnd; at < Math.min(end, mirror.entries.length); at += 1) {
      const entry = mirror.entries[at];
      const known = this.#committed[at];
      if (entry === undefined) break;
      claim(
        known === undefined || known === entry,
        () => `no two nodes differ below committedEnd: at ${at} ${node.id} has ${entry}, and ${known} was committed`,
      );
      this.#committed[at] = entry;
      this.#committedIn[at] ??= node.replica?.promisedEpoch ?? 0;
    }
    mirror.comparedEnd = Math.min(end, mirror.entries.length);
  }

  /**
   * Leader completeness (Ongaro's dissertation, section 3.6.3), and at most one leader per epoch. A node that was slow to begin
   * may still come to lead an epoch below the one in which others commit in the meantime: it can commit nothing.
   */
  #checkLeader(node: SimNode, mirror: Mirror, epoch: number): void {
    const known = this.#leaders.get(epoch);
    claim(known === undefined || known === node.incarnation, () => `one leader per epoch: ${known} and ${node.incarnation} lead ${epoch}`);
    this.#leaders.set(epoch, node.incarnation);
    mirror.leadsEpoch = epoch;
    const differs = this.#committed.findIndex((entry, at) => mirror.entries[at] !== entry && (this.#committedIn[at] ?? 0) < epoch);
    claim(
      differs === -1,
      () => `a leader has all that is committed: at ${differs} ${node.id} has ${mirror.entries[differs]}, not ${this.#committed[differs]}`,
    );
  }

  #states(): string {
    return JSON.stringify(this.#nodes.map((node) => ({ id: node.id, ...node.replica?.status() })));
  }
}

function blankMirror(): Mirror {
  return { entries: [], replica: undefined, committedEnd: 0, comparedEnd: 0, promisedEpoch: 0, leadsEpoch: 0, harm: undefined };
}
