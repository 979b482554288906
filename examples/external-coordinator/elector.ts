/** Looks at its node and at the lease again and again, and does what `Decisions` says. */

import type { Decisions, NodeState, Seen } from './decide.ts';
import { StoreFailed } from './lease-store.ts';
import type { LeaseStore } from './lease-store.ts';
import type { LogNode } from './log-node.ts';

type Report = (event: string, facts?: object) => void;

interface Parts {
  readonly name: string;
  readonly node: LogNode;
  readonly store: LeaseStore;
  readonly decisions: Decisions;
  /** How long the lease holds once it is taken or prolonged. */
  readonly leaseMs: number;
  readonly everyMs: number;
  readonly report: Report;
  readonly nowMs?: () => number;
}

export class Elector {
  readonly #parts: Parts;
  readonly #nowMs: () => number;
  /** Counted from before the request was sent, so that it ends here before it ends at the store. */
  #heldUntil: number | undefined;
  #promotion: Promise<void> | undefined;
  #storeFailure: string | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#nowMs = parts.nowMs ?? (() => performance.now());
  }

  /** Runs until the signal; then it gives the lease back, if it has it. @throws if the node answers and does not tell */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        const begunAt = this.#nowMs();
        await this.#look();
        await pause(Math.max(0, this.#parts.everyMs - (this.#nowMs() - begunAt)), signal);
      }
    } finally {
      if (this.#heldUntil !== undefined) await this.#giveBack('stopped');
    }
  }

  async #look(): Promise<void> {
    const { decisions } = this.#parts;
    const [node, lease] = await Promise.all([this.#parts.node.look(), this.#lease()]);
    switch (decisions.next({ nowMs: this.#nowMs(), node, lease })) {
      case 'take':
        if (await this.#take()) this.#promote(node);
        break;
      case 'promote':
        this.#promote(node);
        break;
      case 'give-back':
        await this.#giveBack(node === undefined ? 'the node does not answer' : 'the node does not lead');
        break;
      default:
    }
  }

  /** Prolongs the lease if it is ours, and otherwise looks who has it. */
  async #lease(): Promise<Seen['lease']> {
    const { store, name, leaseMs } = this.#parts;
    if (this.#heldUntil === undefined) {
      const holder = await this.#ask(async () => ({ name: await store.holder() }));
      if (holder === undefined) return 'unknown';
      // Ours, from before a restart, or from a `take` whose answer was lost: it ends by itself.
      return holder.name === undefined ? 'free' : 'of-another';
    }
    const askedAt = this.#nowMs();
    const isOurs = await this.#ask(() => store.renew());
    if (isOurs === true) this.#heldUntil = askedAt + leaseMs;
    if (isOurs === false || this.#nowMs() >= this.#heldUntil) {
      this.#heldUntil = undefined;
      this.#parts.report('lease.lost', { name, why: isOurs === false ? 'another has it, or it is gone' : 'the store does not answer' });
      return 'unknown';
    }
    return 'ours';
  }

  async #take(): Promise<boolean> {
    const { store, name, leaseMs, report } = this.#parts;
    const askedAt = this.#nowMs();
    if ((await this.#ask(() => store.take())) !== true) return false;
    this.#heldUntil = askedAt + leaseMs;
    report('lease.taken', { name });
    return true;
  }

  async #giveBack(why: string): Promise<void> {
    const { store, name, report } = this.#parts;
    this.#heldUntil = undefined;
    // If the store does not hear it, the lease ends by itself.
    await this.#ask(() => store.release());
    report('lease.given-back', { name, why });
  }

  /** Goes on beside the loop, which has to prolong the lease meanwhile. */
  #promote(node: NodeState | undefined): void {
    if (this.#promotion !== undefined || node?.leads === true) return;
    const { name, report } = this.#parts;
    this.#promotion = this.#parts.node.promote().then(({ isDone, told }) => {
      this.#promotion = undefined;
      report(isDone ? 'node.promoted' : 'node.not-promoted', { name, told });
    });
  }

  /** @returns `undefined` if the store failed; that is reported once, until it answers */
  async #ask<T>(question: () => Promise<T>): Promise<T | undefined> {
    const { report } = this.#parts;
    try {
      const answer = await question();
      if (this.#storeFailure !== undefined) report('store.answers');
      this.#storeFailure = undefined;
      return answer;
    } catch (error) {
      if (!(error instanceof StoreFailed)) throw error;
      if (this.#storeFailure === undefined) report('store.failed', { why: error.message });
      this.#storeFailure = error.message;
      return undefined;
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
