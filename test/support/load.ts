/** Clients that write and read while a test changes something at their nodes, and the account of what became of each append. */

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { LogClient } from '../../src/client/index.ts';
import type { ClientOptions } from '../../src/client/index.ts';
import { waitFor } from './wait.ts';

/** How many appends each writer has in progress, and the pause of each of these lanes: other tests need the machine, too. */
const lanesPerWriter = 2;
const pauseMs = 2;

interface Clients extends Pick<ClientOptions, 'token'> {
  readonly urls: readonly string[];
}

interface Writers extends Clients {
  /** By which its messages are told from those of others. */
  readonly name: string;
}

/** As many writers as there are nodes: each begins at another one, and knows all. */
export class Load implements AsyncDisposable {
  /** What the client reported as failed. A lane ends with its first failure. */
  readonly failures: unknown[] = [];
  /** How many appends were acknowledged. */
  count = 0;
  readonly #name: string;
  readonly #clients: readonly LogClient[];
  readonly #sent: number[];
  readonly #running: Promise<unknown>;
  #longestMs = 0;
  #isOver = false;

  constructor({ name, urls, token }: Writers) {
    this.#name = name;
    this.#sent = urls.map(() => 0);
    this.#clients = urls.map((_, at) => new LogClient({ urls: [...urls.slice(at), ...urls.slice(0, at)], token }));
    const lanes = Array.from({ length: lanesPerWriter }, () => this.#clients.map((client, writer) => this.#write(client, writer)));
    this.#running = Promise.all(lanes.flat());
  }

  /** Waits until many more appends are acknowledged. @throws if one failed */
  async goesOn(): Promise<void> {
    const { count } = this;
    await waitFor(`the appends of "${this.#name}" go on`, () => {
      assert.deepEqual(this.failures, []);
      return this.count > count + 50;
    });
  }

  /** Waits until each node has what is appended now: what a node says of the others may be a while old. @throws if one has not */
  async reachesAll(): Promise<void> {
    await Promise.all(this.#clients.map((client, writer) => this.#append(client, { writer, w: 'all' })));
    assert.deepEqual(this.failures, []);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  get report(): string {
    return `${this.count} appends of "${this.#name}", ${this.failures.length} failed, the slowest took ${Math.round(this.#longestMs)} ms`;
  }

  /** What each writer sent, in the order of its calls. */
  get sent(): ReadonlyMap<string, number> {
    return new Map(this.#sent.map((count, writer) => [`${this.#name} ${writer}`, count]));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #write(client: LogClient, writer: number): Promise<void> {
    while (!this.#isOver && (await this.#append(client, { writer, w: 'majority' }))) await pause(pauseMs);
  }

  /** @returns whether it was acknowledged */
  async #append(client: LogClient, { writer, w }: { readonly writer: number; readonly w: 'majority' | 'all' }): Promise<boolean> {
    const number = this.#sent[writer] ?? 0;
    this.#sent[writer] = number + 1;
    const begunAt = performance.now();
    try {
      await client.append(`${this.#name} ${writer} ${number}`, { w });
    } catch (error) {
      this.failures.push(error);
      return false;
    }
    this.count += 1;
    this.#longestMs = Math.max(this.#longestMs, performance.now() - begunAt);
    return true;
  }
}

/** No append failed, and the log holds what was sent and nothing else: each message once, those of a writer in the order of its calls. */
export function assertStoredOnceInOrder(stored: readonly unknown[], loads: readonly Load[]): void {
  assert.deepEqual(
    loads.flatMap(({ failures }) => failures),
    [],
  );
  const numbers = new Map<string, number[]>();
  for (const message of stored) {
    const [, writer = '', number] = /^(.*) (\d+)$/.exec(String(message)) ?? [];
    const ofWriter = numbers.get(writer) ?? [];
    ofWriter.push(Number(number));
    numbers.set(writer, ofWriter);
  }
  const sent = new Map(loads.flatMap((load) => [...load.sent]));
  assert.deepEqual([...numbers.keys()].toSorted(), [...sent.keys()].toSorted());
  for (const [writer, count] of sent) {
    const found = numbers.get(writer) ?? [];
    const at = found.findIndex((number, index) => number !== index);
    assert.equal(at, -1, `message ${found[at]} of "${writer}" is where ${at} should be`);
    assert.equal(found.length, count, `the last messages of "${writer}" are missing`);
  }
}

/** A client that follows the log from its beginning. */
export class Follower implements AsyncDisposable {
  readonly heard: unknown[] = [];
  readonly #over = new AbortController();
  readonly #running: Promise<void>;
  #failure: unknown;

  constructor(clients: Clients) {
    const client = new LogClient(clients);
    this.#running = this.#follow(client).catch((error: unknown) => {
      if (!this.#over.signal.aborted) this.#failure = error;
    });
  }

  /** Waits until it has heard all of this, in this order and nothing else. */
  async hears(messages: readonly unknown[]): Promise<void> {
    await waitFor('the follower has heard all', () => {
      assert.equal(this.#failure, undefined);
      return this.heard.length >= messages.length;
    });
    assert.deepEqual(this.heard, messages);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#running;
  }

  async #follow(client: LogClient): Promise<void> {
    for await (const { message } of client.follow({ from: 0, signal: this.#over.signal })) this.heard.push(message);
  }
}
