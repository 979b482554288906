/**
 * Addresses of other nodes by their names, for every connection that this node opens. A name that does not resolve
 * slows nobody else.
 *
 * The system's look-up (`getaddrinfo`) runs in libuv's pool, which gives such work two threads, and nothing ends it
 * before it ends by itself, ten seconds and more where DNS does not answer. So: one at a time for each name, shared by
 * all who ask for it; who asks gives up after a while, and the look-up goes on for those who come next; of the names that
 * took long, or failed, one is looked up at a time, and the other thread is for the rest; and meanwhile a name leads to
 * where it led last. A look-up that takes long is begun again past the pool, which is how a name that was never
 * resolved here gets past others that hold both threads.
 */

import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import type { LookupAddress } from 'node:dns';
import type { Clock } from '../ports/ports.ts';

export type Addresses = readonly LookupAddress[];

export interface NameSources {
  /** As all programs of this system do it; may take long, and cannot be ended. */
  readonly system: (name: string) => Promise<Addresses>;
  /** Past the pool; knows less, and ends soon. */
  readonly direct: (name: string) => Promise<Addresses>;
}

/** As fresh as this it is not looked up again. */
const freshMs = 1000;
/** How long a name that led somewhere before may take to be looked up anew. */
const patienceMs = 150;
/** Longer than this is long. */
const slowMs = 500;
/** How long anybody waits for a name. */
const giveUpMs = 3000;
/** Names that are remembered: whoever registers may name any. */
const namesMax = 1000;

interface Known {
  readonly name: string;
  /** Where it led last. */
  addresses: Addresses | undefined;
  resolvedAt: number;
  underWay: Promise<Addresses> | undefined;
  /** Its last look-up failed or took long. */
  isSlow: boolean;
}

export class NameLookup {
  readonly #clock: Pick<Clock, 'now' | 'after'>;
  readonly #sources: NameSources;
  readonly #known = new Map<string, Known>();
  /** Of slow names: the first is being looked up. */
  readonly #line: (() => void)[] = [];

  constructor(clock: Pick<Clock, 'now' | 'after'>, sources: NameSources) {
    this.#clock = clock;
    this.#sources = sources;
  }

  /** For `net.connect` and all that is made of it. */
  readonly lookup: LookupFunction = (name, options, callback) => {
    // Outside of the promise: what the asker throws is not for us to catch.
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

  /** The look-up that is under way, or a new one. */
  #ask(known: Known): Promise<Addresses> {
    if (known.underWay !== undefined) return known.underWay;
    const answer = Promise.withResolvers<Addresses>();
    // Who asked may be gone by then.
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
        // Then it is for the system to say.
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
      // DNS that does not answer just now says nothing of where it leads.
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

  /** Resolves when no other slow name is being looked up. */
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

  /** @returns whether it was answered in time, in whichever way */
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
