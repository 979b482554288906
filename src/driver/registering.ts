/**
 * A node's own registration: at whichever of its masters, or of the members it knows, answers, as often as the core asks for
 * it. What stands in the way is said once: a refusal, nobody who answers for a while, an address under which the leader does
 * not find this node.
 */

import type { LogEvent } from '../core/model/events.ts';
import type { NodeId } from '../core/model/numbers.ts';
import type { Clock, Network } from '../ports/ports.ts';
import { LogError } from '../api/problems.ts';
import type { ProblemCode } from '../api/problems.ts';

/** A master that is being started is not missed yet. */
const unansweredMs = 3000;
/** The core asks at least this often as long as no leader feeds the node. */
const pauseMsMax = 2000;

/** What a node says that knows of no leader: it is as good as no answer. */
const leaderless: ReadonlySet<ProblemCode> = new Set(['no-leader', 'no-quorum', 'not-leader']);

/** A name that is nobody's may take its time to be so. */
const headStartMs = 300;

export interface RegisteringParts {
  readonly clock: Clock;
  readonly network: Network;
  readonly masterUrls: readonly string[];
  readonly self: { readonly id: NodeId; readonly url: string };
  readonly emit: (logEvent: LogEvent) => void;
}

export class Registering {
  readonly #parts: RegisteringParts;
  #isAsking = false;
  /** At which addresses, the last time. */
  #asked: readonly string[] = [];
  /** What the last answer was, if it was not that all is well. */
  #logged: string | undefined;
  #reason = 'no answer';
  #triedAt: number | undefined;
  /** Runs while nobody has answered. */
  #cancel: (() => void) | undefined;
  #isUnansweredLogged = false;

  constructor(parts: RegisteringParts) {
    this.#parts = parts;
  }

  /** @param members - addresses beside those of the masters */
  async register(members: readonly string[]): Promise<void> {
    const { masterUrls, clock } = this.#parts;
    if (this.#isAsking) return;
    this.#asked = [...new Set([...masterUrls, ...members])];
    if (this.#asked.length === 0) return;
    this.#isAsking = true;
    this.#wait();
    try {
      const state = await this.#askInTurn(this.#asked);
      this.#answered();
      if (state === 'reached') this.#logged = undefined;
      else this.#logUnreached();
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#isAsking = false;
      this.#triedAt = clock.now();
    }
  }

  /** The node stops, or is ended at once. */
  stop(): void {
    this.#answered();
  }

  /** Each has a head start before the next: where two lead, a node belongs to the first. */
  async #askInTurn(urls: readonly string[]): Promise<'reached' | 'unreached'> {
    const { network, self, clock } = this.#parts;
    const attempts: Promise<'reached' | 'unreached'>[] = [];
    for (const url of urls) {
      const attempt = network.register(url, self);
      attempts.push(attempt);
      if (attempts.length === urls.length) break;
      const isTaken = attempt.then(
        () => true,
        () => false,
      );
      const isLate = new Promise<false>((resolve) => void clock.after(headStartMs, () => resolve(false)));
      if (await Promise.race([isTaken, isLate])) break;
    }
    return Promise.any(attempts);
  }

  /** Begins to wait for an answer, unless that is waited for already. */
  #wait(): void {
    const { clock } = this.#parts;
    if (this.#triedAt !== undefined && clock.now() - this.#triedAt > pauseMsMax) this.#answered();
    this.#cancel ??= clock.after(unansweredMs, () => this.#logUnanswered());
  }

  #answered(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#isUnansweredLogged = false;
  }

  /** A master that is not there yet is asked again, and so is one that refuses. */
  #failed(error: unknown): void {
    const errors: readonly unknown[] = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
    const refusal = errors.filter((each) => each instanceof LogError).find(({ code }) => !leaderless.has(code));
    if (refusal === undefined) {
      this.#reason = errors.map(reasonOf).join('; ');
      return;
    }
    this.#answered();
    const { code, message: reason } = refusal;
    this.#emitOnce(`${code}: ${reason}`, { level: 'error', event: 'registration.refused', facts: { ...this.#where, code, reason } });
  }

  #logUnreached(): void {
    const { self } = this.#parts;
    const help = 'SECONDARY_HOST or ADVERTISED_URL says where others find this node';
    this.#emitOnce(`unreached`, { level: 'warn', event: 'registration.unreached', facts: { ...this.#where, url: self.url, help } });
  }

  /** Not if a leader came by itself meanwhile: then the core asks no more. */
  #logUnanswered(): void {
    const { clock, emit } = this.#parts;
    const isOver = !this.#isAsking && this.#triedAt !== undefined && clock.now() - this.#triedAt > pauseMsMax;
    if (isOver || this.#isUnansweredLogged) return;
    this.#isUnansweredLogged = true;
    const help = 'MASTER_URL says where to register, or NODES where nodes are equal';
    emit({ level: 'warn', event: 'registration.unanswered', facts: { ...this.#where, reason: this.#reason, help } });
  }

  #emitOnce(what: string, logEvent: LogEvent): void {
    if (what === this.#logged) return;
    this.#logged = what;
    this.#parts.emit(logEvent);
  }

  get #where(): { readonly masterUrl: string } {
    return { masterUrl: this.#asked.join(' or ') };
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  // Who asks by `fetch` is told no more than that it failed.
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}
