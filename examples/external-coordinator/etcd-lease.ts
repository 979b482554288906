/**
 * The lease in etcd 3.4 or newer, through its JSON gateway: a key that is created if it is absent, and goes with a lease of
 * etcd. 64-bit numbers are strings there, keys and values are base64, and fields that are zero are left out.
 */

import { StoreFailed } from './lease-store.ts';
import type { LeaseStore } from './lease-store.ts';

interface Options {
  /** Of the members of etcd; asked in turn, beginning with the one that answered last. */
  readonly urls: readonly string[];
  readonly key: string;
  readonly name: string;
  readonly ttlSeconds: number;
  /** For one member to answer. */
  readonly withinMs: number;
}

interface KeyValue {
  readonly value?: string;
  /** Of the lease it goes with. */
  readonly lease?: string;
}

interface Answer {
  readonly ID?: string;
  readonly succeeded?: boolean;
  readonly kvs?: readonly KeyValue[];
  readonly result?: { readonly TTL?: string };
}

export class EtcdLease implements LeaseStore {
  readonly #options: Options;
  readonly #key: string;
  #first = 0;
  /** The lease that we hold the key with, or were given to try. */
  #id: string | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#key = base64(options.key);
  }

  async holder(): Promise<string | undefined> {
    const found = await this.#found();
    return found === undefined ? undefined : Buffer.from(found.value ?? '', 'base64').toString('utf8');
  }

  async take(): Promise<boolean> {
    const { name, ttlSeconds } = this.#options;
    const { ID } = await this.#ask('lease/grant', { TTL: String(ttlSeconds) });
    if (ID === undefined) throw new StoreFailed('etcd granted a lease without an id');
    this.#id = ID;
    const { succeeded = false } = await this.#ask('kv/txn', {
      compare: [{ key: this.#key, target: 'CREATE', result: 'EQUAL', create_revision: '0' }],
      success: [{ request_put: { key: this.#key, value: base64(name), lease: ID } }],
    });
    if (!succeeded) await this.release();
    return succeeded;
  }

  /** A lease lives on without its key, which an operator may have deleted and another elector written. */
  async renew(): Promise<boolean> {
    const id = this.#id;
    if (id === undefined) return false;
    const { result } = await this.#ask('lease/keepalive', { ID: id });
    // A lease that is dead has no TTL.
    const isOurs = result?.TTL !== undefined && (await this.#found())?.lease === id;
    if (!isOurs) await this.release();
    return isOurs;
  }

  async release(): Promise<void> {
    const id = this.#id;
    this.#id = undefined;
    if (id !== undefined) await this.#ask('lease/revoke', { ID: id }, [404]);
  }

  async #found(): Promise<KeyValue | undefined> {
    const { kvs = [] } = await this.#ask('kv/range', { key: this.#key });
    return kvs[0];
  }

  /** @param alsoFine - statuses that are answers, too @throws StoreFailed */
  async #ask(path: string, body: object, alsoFine: readonly number[] = []): Promise<Answer> {
    const { urls } = this.#options;
    const failures: string[] = [];
    for (const offset of urls.keys()) {
      const index = (this.#first + offset) % urls.length;
      const url = urls[index] ?? '';
      try {
        const answer = await fetch(new URL(`/v3/${path}`, url), {
          method: 'POST',
          body: JSON.stringify(body),
          signal: AbortSignal.timeout(this.#options.withinMs),
        });
        const text = await answer.text();
        if (!answer.ok && !alsoFine.includes(answer.status)) {
          failures.push(`${url}: ${answer.status} ${text.trim()}`);
          continue;
        }
        this.#first = index;
        return JSON.parse(text) as Answer;
      } catch (error) {
        failures.push(`${url}: ${reasonOf(error)}`);
      }
    }
    throw new StoreFailed(failures.join('; '));
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}
