/**
 * Resolves the names of other nodes, for every connection that this node opens. A name that does not resolve must not
 * slow down the others.
 *
 * The system's look-up (`getaddrinfo`) runs in libuv's thread pool, which lends it two threads, and it cannot be
 * aborted: if DNS does not answer, it takes ten seconds and more. So there is one look-up at a time for each name,
 * shared by all who ask for it; they give up after a while, but the look-up goes on for later ones. Among names that
 * were slow or failed, one is looked up at a time, which leaves the other thread for the rest. Meanwhile a name keeps
 * its last addresses. A slow look-up is also begun outside the pool: so a name that was never resolved here gets past
 * others that hold both threads.
 */

import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import type { LookupAddress } from 'node:dns';
import type { Clock } from '../ports/ports.ts';

export type Addresses = readonly LookupAddress[];

export interface NameSources {
  /** The look-up that all programs on this system use; it may take long and cannot be aborted. */
  readonly system: (name: string) => Promise<Addresses>;
  /** A look-up outside the pool; it has fewer sources, and ends soon. */
  readonly direct: (name: string) => Promise<Addresses>;
}

/** For this long a name is not looked up again. */
const freshMs = 1000;
/** How long to wait for a new look-up of a name that has known addresses. */
const patienceMs = 150;
/** A look-up that takes longer than this is slow. */
const slowMs = 500;
/** How long a caller waits for a name without known addresses. */
const giveUpMs = 3000;
/** Maximum number of names that are remembered: a node that registers may give any name. */
const namesMax = 1000;

interface Known {
  readonly name: string;
  /** Its last addresses. */
  addresses: Addresses | undefined;
  resolvedAt: number;
  underWay: Promise<Addresses> | undefined;
  /** Its last look-up failed or was slow. */
  isSlow: boolean;
}

export class NameLookup {
  readonly #clock: Pick<Clock, 'now' | 'after'>;
  readonly #sources: NameSources;
  readonly #known = new Map<string, Known>();
  /** The queue of slow names, of which the first is being looked up. */
  readonly #line: (() => void)[] = [];

  constructor(clock: Pick<Clock, 'now' | 'after'>, sources: NameSources) {
    this.#clock = clock;
    this.#sources = sources;
  }

  /** For `net.connect` and everything built on it. */
  readonly lookup: LookupFunction = (name, options, callback) => {
    // Outside the promise, so that an exception of the callback is not caught here.
    const tell = (...answer: Parameters<typeof callback>): void => process.nextTick(callback, ...answer);
    this.find(name).then(
      (found) => {
        const family = options.family === 'IPv4' ? 4 : options.family === 'IPv6' ? 6 : (options.family ?? 0);
        const fitting = found.filter((each) => family === 0 || each.family === family);
        const [first] = fitting;
        if (first === undefined) tell(notFound(name, `${name} has no address of this kind`, 'ENOTFOUND'), '');
        else if (options.all === true) tell(null, fitting);
        else tell(null, first.address, first.family);
      },
      (error: unknown) => tell(error as NodeJS.ErrnoException, ''),
    );
  };

  /** @throws the system's error, or `EAI_AGAIN` if it takes too long */
  async find(name: string): Promise<Addresses> {
    const family = isIP(name);
    if (family !== 0) return [{ address: name, family }];
    const known = this.#knownOf(name);
    if (known.addresses !== undefined && this.#clock.now() - known.resolvedAt < freshMs) return known.addresses;
    const asked = this.#ask(known);
    const isAnswered = await this.#within(asked, known.addresses === undefined ? giveUpMs : patienceMs);
    if (!isAnswered && known.addresses === undefined) throw notFound(name, `${name} was not resolved within ${giveUpMs} ms`, 'EAI_AGAIN');
    if (!isAnswered && known.addresses !== undefined) return known.addresses;
    return asked;
  }

  #knownOf(name: string): Known {
    let known = this.#known.get(name);
    if (known === undefined) {
      known = { name, addresses: undefined, resolvedAt: 0, underWay: undefined, isSlow: false };
      for (const other of this.#known.values()) {
        if (this.#known.size < namesMax) break;
        if (other.underWay === undefined) this.#known.delete(other.name);
      }
      this.#known.set(name, known);
    }
    return known;
  }

  /** Joins the look-up in progress, or begins one. */
  #ask(known: Known): Promise<Addresses> {
    if (known.underWay !== undefined) return known.underWay;
    const answer = Promise.withResolvers<Addresses>();
    // The callers may have given up by then.
    answer.promise.catch(() => undefined);
    known.underWay = answer.promise;
    void this.#lookUp(known, answer);
    return answer.promise;
  }

  /** Never rejects. */
  async #lookUp(known: Known, answer: PromiseWithResolvers<Addresses>): Promise<void> {
    const calledOff = this.#clock.after(slowMs, () => {
      known.isSlow = true;
      this.#sources.direct(known.name).then(
        (found) => {
          if (found.length === 0) return;
          this.#note(known, found);
          answer.resolve(found);
        },
        // Then the system's answer decides.
        () => undefined,
      );
    });
    const isInLine = known.isSlow;
    if (isInLine) await this.#turn();
    try {
      const found = await this.#sources.system(known.name);
      this.#note(known, found);
      known.isSlow = false;
      answer.resolve(found);
    } catch (error) {
      known.isSlow = true;
      // A temporary failure of DNS does not mean that the name has changed.
      const isPassing = error instanceof Error && 'code' in error && error.code === 'EAI_AGAIN';
      if (isPassing && known.addresses !== undefined) answer.resolve(known.addresses);
      else answer.reject(error);
      if (!isPassing) known.addresses = undefined;
    } finally {
      calledOff();
      if (isInLine) this.#next();
      known.underWay = undefined;
    }
  }

  #note(known: Known, found: Addresses): void {
    known.addresses = found;
    known.resolvedAt = this.#clock.now();
  }

  /** Resolves when this slow name's turn has come. */
  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#line.push(resolve);
      if (this.#line.length === 1) resolve();
    });
  }

  #next(): void {
    this.#line.shift();
    this.#line[0]?.();
  }

  /** @returns whether the promise settled in time, either way */
  #within(asked: Promise<Addresses>, ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ms, () => resolve(false));
      const answered = (): void => {
        cancel();
        resolve(true);
      };
      asked.then(answered, answered);
    });
  }
}

function notFound(name: string, detail: string, code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(detail), { code, hostname: name, syscall: 'getaddrinfo' });
}
