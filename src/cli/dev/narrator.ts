/**
 * What happens in `rlog dev`, as sentences for people: one for each event, with what follows from it for writers.
 * Pure: events and views go in, with the time, and sentences come out.
 */

import type { LabEvent } from '../../lab/lab-event.ts';
import { hasMajority, isThere, isWhole, keyOf, leaderOf } from './cluster-view.ts';
import type { ClusterView, NodeView } from './cluster-view.ts';

interface LeaderSeen {
  readonly id: string;
  readonly epoch: number;
  /** The id of its cluster: a new one has a new log. */
  readonly cluster: string | null;
}

/** What a look at the cluster found. */
interface Seen {
  readonly sentences: readonly string[];
  /** Set if the leader or its epoch is new: time to read back what was acknowledged. */
  readonly newLeader: LeaderSeen | undefined;
}

export class Narrator {
  #leader: LeaderSeen | undefined;
  /** When the leader was found to be gone. */
  #lostAt: number | undefined;
  #promoting: string | undefined;
  readonly #electingCommand: string;
  #wasElectingCommandSaid = false;
  /** The nodes that were gone, each with the time at which it began to come back, if it did. */
  readonly #away = new Map<string, number | undefined>();

  /** @param electingCommand - the command that starts nodes which elect a new leader */
  constructor(electingCommand: string) {
    this.#electingCommand = electingCommand;
  }

  /** @param view - the state after the event */
  happened(event: LabEvent, view: ClusterView, at: number): string[] {
    switch (event.kind) {
      case 'started':
      case 'resumed':
      case 'reconnected':
        if (this.#away.has(event.node)) this.#away.set(event.node, at);
        return [];
      case 'killed':
        return [this.#gone(event.node, `${event.node} was killed (kill -9).`, { view: without(view, event.node), at })];
      case 'ended':
        if (event.isExpected || this.#isKnownToBeGone(event.node)) return [];
        return [this.#gone(event.node, `${event.node} ended (${event.why}).`, { view, at })];
      case 'paused':
        return [this.#gone(event.node, `${event.node} was paused: its process exists, but does nothing.`, { view, at })];
      case 'cutOff':
        return [this.#gone(event.node, `${event.node} was cut off from the other nodes; clients still reach it.`, { view, at })];
      case 'wiped':
        return [`${event.node} lost its disk: ${event.folder} is empty. Press ${keyOf(view, event.node)} to start it with an empty one.`];
      case 'forgot':
        return [
          `The disk of ${event.node} forgot the end of its log. Press ${keyOf(view, event.node)} to start it, and see what the others make of it.`,
        ];
      case 'delayed': {
        const delay = `${event.delayMs / 1000} s`;
        return [
          event.delayMs === 0
            ? `${event.node} stores at once again.`
            : `${event.node} now holds each batch for ${delay} before it stores it.`,
        ];
      }
    }
  }

  /** A promotion was requested: its answer will say who leads. `undefined`: it failed. */
  promotes(id: string | undefined): void {
    this.#promoting = id;
  }

  /** Compares the present state with the one before. */
  looked(view: ClusterView, at: number): Seen {
    const sentences: string[] = [];
    const leading = leaderOf(view);
    let newLeader: LeaderSeen | undefined;
    // Until its first batch is on a majority, it does not lead for certain.
    if (leading !== undefined && leading.health.status !== 'read-only') {
      const { id } = leading.node;
      const { epoch, cluster } = leading.health;
      const before = this.#leader;
      if (before?.id !== id || before.epoch !== epoch || before.cluster !== cluster) {
        newLeader = { id, epoch, cluster };
        this.#leader = newLeader;
        this.#away.delete(id);
        if (this.#promoting !== id) sentences.push(this.#leadsNow(newLeader, before, at));
        if (this.#promoting === id) this.#promoting = undefined;
        this.#lostAt = undefined;
      }
    }
    for (const [id, since] of this.#away) {
      if (since === undefined || !isWhole(view, id)) continue;
      this.#away.delete(id);
      sentences.push(`${id} is back, and has caught up with ${leading?.node.id ?? 'the leader'} within ${duration(at - since)}.`);
    }
    return { sentences, newLeader };
  }

  #leadsNow({ id, epoch, cluster }: LeaderSeen, before: LeaderSeen | undefined, at: number): string {
    if (before === undefined) return `${id} leads, in epoch ${epoch}: the log takes appends.`;
    if (before.cluster !== cluster)
      return `${id} leads, in epoch ${epoch} of a new log: too many disks were lost, and the old log with them.`;
    const lostFor = this.#lostAt === undefined ? undefined : duration(at - this.#lostAt);
    if (before.id === id) return `${id} leads again${lostFor === undefined ? '' : ` after ${lostFor}`}, in epoch ${epoch}.`;
    return `${id} leads now${lostFor === undefined ? '' : `, ${lostFor} after ${before.id} was gone`}, in epoch ${epoch}.`;
  }

  #isKnownToBeGone(id: string): boolean {
    return this.#away.has(id) && this.#away.get(id) === undefined;
  }

  #gone(id: string, how: string, { view, at }: { readonly view: ClusterView; readonly at: number }): string {
    this.#away.set(id, undefined);
    const wasLeader = this.#leader?.id === id;
    if (wasLeader) this.#lostAt ??= at;
    return `${how} ${this.#whatFollows(view, id, wasLeader)}`;
  }

  #whatFollows(view: ClusterView, id: string, wasLeader: boolean): string {
    const { nodes, coordinator } = view;
    const node = nodes.find((each) => each.id === id);
    const help = node === undefined ? '' : howToBringBack(view, node);
    if (coordinator === 'static' && node?.kind === 'master') {
      const hint = this.#wasElectingCommandSaid ? '' : ` To see another node take over: ${this.#electingCommand}.`;
      this.#wasElectingCommandSaid = true;
      return `Only the master leads here, so no append is acknowledged until it is back: ${help}.${hint}`;
    }
    if (!hasMajority(view)) {
      const there = nodes.filter(isThere).length;
      return `${there} of ${nodes.length} nodes ${there === 1 ? 'is' : 'are'} no majority, so no append is acknowledged: ${help}.`;
    }
    if (wasLeader) return 'It was the leader: the others now elect a new one.';
    return `Appends with w=all now wait for it: ${help}.`;
  }
}

function howToBringBack(view: ClusterView, node: NodeView): string {
  if (!node.isRunning) return `press ${keyOf(view, node.id)} to start it`;
  return node.isPaused ? 'resume it on the page' : 'reconnect it on the page';
}

/** The state once the process is gone. */
function without(view: ClusterView, id: string): ClusterView {
  return {
    ...view,
    nodes: view.nodes.map((node) => (node.id === id ? { ...node, isRunning: false, isPaused: false, health: undefined } : node)),
  };
}

function duration(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 1000)} s`;
}
