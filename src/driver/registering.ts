/**
 * A node's own registration, with the first of its masters, or of the members that it knows, that answers; repeated as often as
 * the core asks for it. Problems are logged once: a refusal, no answer for a while, or an address at which the leader cannot
 * reach this node.
 */

import type { LogEvent } from '../core/model/events.ts';
import type { NodeId } from '../core/model/numbers.ts';
import type { Clock, Network } from '../ports/ports.ts';
import { LogError } from '../api/problems.ts';
import type { ProblemCode } from '../api/problems.ts';

/** A master may still be starting, so it is not reported as missing before this. */
const unansweredMs = 3000;
/** The core asks at least this often as long as no leader feeds the node. */
const pauseMsMax = 2000;

/** The answers of a node that knows no leader: they count as no answer. */
const leaderless: ReadonlySet<ProblemCode> = new Set(['no-leader', 'no-quorum', 'not-leader']);

/** How long one address gets before the next is asked too. A host name that does not exist may take long to fail. */
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
  /** The addresses that were asked the last time. */
  #asked: readonly string[] = [];
  /** The last problem that was logged; `undefined` once all was well again. */
  #logged: string | undefined;
  #reason = 'no answer';
  #triedAt: number | undefined;
  /** Cancels the timer that runs until there is an answer. */
  #cancel: (() => void) | undefined;
  #isUnansweredLogged = false;

  constructor(parts: RegisteringParts) {
    this.#parts = parts;
  }

  /** @param members - addresses besides those of the masters */
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

  /** Called when the node stops, whether gracefully or at once. */
  stop(): void {
    this.#answered();
  }

  /** Each address has a head start before the next: if two masters lead, a node belongs to the first. */
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

  /** Starts the timer for an answer, unless it is running. */
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

  /** No address accepted the registration. A master that is not up yet is asked again, and so is one that refuses. */
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
    const help = 'set SECONDARY_HOST or ADVERTISED_URL to an address at which others reach this node';
    this.#emitOnce(`unreached`, { level: 'warn', event: 'registration.unreached', facts: { ...this.#where, url: self.url, help } });
  }

  /** Not if a leader has connected by itself meanwhile: then the core no longer asks for the registration. */
  #logUnanswered(): void {
    const { clock, emit } = this.#parts;
    const isOver = !this.#isAsking && this.#triedAt !== undefined && clock.now() - this.#triedAt > pauseMsMax;
    if (isOver || this.#isUnansweredLogged) return;
    this.#isUnansweredLogged = true;
    const help = 'set MASTER_URL to the address of the master, or NODES if the nodes are equal';
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
  // The error of `fetch` itself says only that it failed. The reason is in its cause.
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}
