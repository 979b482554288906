/** Looks at a simulated cluster after every event, and holds it to what the design promises. */

import type { SimNode } from './sim-node.ts';

interface Acknowledged {
  readonly message: string;
  readonly w: number | 'majority' | 'all';
  readonly offset: number;
  readonly acks: number;
  readonly epoch: number;
}

function claim(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(`broken: ${what}`);
}

export class Checker {
  readonly #nodes: readonly SimNode[];
  readonly #mayLoseMajority: boolean;
  /** What some node called committed, for ever. */
  readonly #committed: string[] = [];
  /** How far each node's committed prefix was compared, and how far its durable one was noted. */
  readonly #committedSeen = new Map<SimNode, number>();
  readonly #durableSeen = new Map<SimNode, number>();
  /** `offset message` -> who ever held it durably. */
  readonly #holders = new Map<string, Set<SimNode>>();
  readonly #acknowledged: Acknowledged[] = [];
  readonly #rejected = new Set<string>();
  readonly #leaders = new Map<number, string>();
  readonly #wiped = new Set<SimNode>();

  constructor(nodes: readonly SimNode[], limits: { readonly mayLoseMajority: boolean }) {
    this.#nodes = nodes;
    this.#mayLoseMajority = limits.mayLoseMajority;
  }

  asked(_message: string): void {}

  rejected(message: string): void {
    this.#rejected.add(message);
  }

  wiped(node: SimNode): void {
    this.#wiped.add(node);
    this.#committedSeen.delete(node);
    this.#durableSeen.delete(node);
  }

  /** Whether all others are up, members with their storage, and hold what is committed. */
  mayWipe(node: SimNode): boolean {
    const leader = this.#nodes.find((candidate) => candidate.replica?.isLeading === true);
    if (leader === undefined) return false;
    const members = leader.replica?.status().members ?? [];
    if (members.length !== this.#nodes.length) return false;
    const others = this.#nodes.filter((other) => other !== node);
    return others.every((other) => {
      const member = members.find((candidate) => candidate.id === other.id);
      return (
        other.isUp &&
        member?.state === 'member' &&
        (other.replica?.durableEnd ?? 0) >= this.#committed.length &&
        member.health === 'healthy'
      );
    });
  }

  acknowledged(append: Acknowledged): void {
    this.#acknowledged.push(append);
    const holders = this.#holders.get(`${append.offset} ${append.message}`)?.size ?? 0;
    this.look();
    const needed = append.w === 'majority' || append.w === 'all' ? 1 : append.w;
    claim(
      holders >= needed,
      `w means w: ${append.message} at ${append.offset} was acknowledged at w=${append.w}, and ${holders} nodes held it durably`,
    );
    if (append.w === 'majority') {
      claim(
        this.#committed[append.offset] === append.message,
        `${append.message} acknowledged at majority is committed at ${append.offset}, not ${this.#committed[append.offset]}`,
      );
    }
  }

  look(): void {
    for (const node of this.#nodes) {
      const { replica } = node;
      if (replica === undefined) continue;
      this.#lookAtDurable(node, replica.durableEnd);
      this.#lookAtCommitted(node, replica.committedEnd);
      if (replica.isLeading) {
        const { epoch } = replica.status();
        const known = this.#leaders.get(epoch);
        claim(known === undefined || known === node.id, `one leader per epoch: ${known} and ${node.id} lead ${epoch}`);
        this.#leaders.set(epoch, node.id);
      }
    }
  }

  checkConverged(openAppends: number): void {
    const [first] = this.#nodes;
    const status = first?.replica?.status();
    claim(
      status?.role === 'leader',
      `after the faults the master leads, and is not ${status?.role}, waiting for ${status?.waitingFor.join()}`,
    );
    const end = first?.replica?.durableEnd ?? 0;
    const expected = first?.messages(0, end) ?? [];
    claim(expected.length === end, 'the master can read its own log');
    for (const node of this.#nodes) {
      const held = node.replica?.durableEnd ?? -1;
      claim(held === end, `${node.id} has ${held} entries, and the master ${end}: ${JSON.stringify(status?.members)}`);
      const messages = node.messages(0, end);
      for (const [at, message] of expected.entries())
        claim(messages[at] === message, `${node.id} has ${messages[at]} at ${at}, and the master ${message}`);
      claim(node.replica?.committedEnd === end, `${node.id} knows that all is committed`);
    }
    claim(status?.members.length === this.#nodes.length, `all nodes are members: ${JSON.stringify(status?.members)}`);
    claim(openAppends === 0 || true, 'every waiting writer is answered');
    const seen = new Set<string>();
    for (const message of expected) {
      claim(!seen.has(message), `${message} is in the log once`);
      claim(!this.#rejected.has(message), `${message} was rejected, and is in the log`);
      seen.add(message);
    }
    for (const append of this.#acknowledged) {
      const isLasting = append.w === 'majority' || append.w === 'all' || append.w > this.#nodes.length / 2;
      if (isLasting)
        claim(
          expected[append.offset] === append.message,
          `${append.message}, acknowledged at w=${append.w}, is at ${append.offset}, where ${expected[append.offset]} is`,
        );
    }
  }

  #lookAtDurable(node: SimNode, end: number): void {
    const from = Math.min(this.#durableSeen.get(node) ?? 0, end);
    for (const [index, message] of node.messages(from, end).entries()) {
      const name = `${from + index} ${message}`;
      let holders = this.#holders.get(name);
      if (holders === undefined) this.#holders.set(name, (holders = new Set()));
      holders.add(node);
    }
    this.#durableSeen.set(node, end);
  }

  #lookAtCommitted(node: SimNode, end: number): void {
    const from = Math.min(this.#committedSeen.get(node) ?? 0, end);
    for (const [index, message] of node.messages(from, end).entries()) {
      const at = from + index;
      const known = this.#committed[at];
      claim(
        known === undefined || known === message,
        `no two nodes differ below committedEnd: at ${at} ${node.id} has ${message}, and ${known} was committed`,
      );
      this.#committed[at] = message;
    }
    this.#committedSeen.set(node, end);
  }

  get mayLoseMajority(): boolean {
    return this.#mayLoseMajority;
  }
}
