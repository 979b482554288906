/** A node that is told by the test who leads, and leaders that answer as the test says. */

import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KnownLeader } from '../../core/model/forward-identity.ts';
import { epoch, instantMs, nodeId } from '../../core/model/numbers.ts';
import { OuterAgent } from '../../io/outer-request.ts';
import type { HttpForwardingNode } from './forward-request.ts';
import { ForwardIdentities } from './forward-identities.ts';
import { LeaderClient } from './leader-client.ts';
import { LeaderWatch } from './leader-watch.ts';

type Driver = HttpForwardingNode['driver'];

/** The machine's clock. */
export const testClock = {
  now: () => instantMs(performance.now()),
  after: (delayMs: number, callback: () => void) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** A driver, as far as forwarding uses it: the test sets who leads. */
export class ToldDriver {
  #leader: KnownLeader | undefined;
  readonly #watchers = new Set<(leader: KnownLeader | undefined) => void>();
  readonly isStopped = false;
  #missing: Driver['missingForMajority'];
  members: { readonly id: string; readonly url: string }[] = [];

  get leader(): KnownLeader | undefined {
    return this.#leader;
  }

  set leader(leader: KnownLeader | undefined) {
    this.#leader = leader;
    for (const told of [...this.#watchers]) told(leader);
  }

  get missingForMajority(): Driver['missingForMajority'] {
    return this.#missing;
  }

  set missingForMajority(missing: Driver['missingForMajority']) {
    this.#missing = missing;
    this.leader = undefined;
  }

  watchLeader(told: (leader: KnownLeader | undefined) => void): () => void {
    this.#watchers.add(told);
    return () => void this.#watchers.delete(told);
  }

  /** How many waits for a leader have begun. */
  looks = 0;
  #onLook: (() => void) | undefined;

  /** Resolves when so many more waits have begun. */
  async wasLookedAt(times: number): Promise<void> {
    const enough = this.looks + times;
    while (this.looks < enough) await new Promise<void>((resolve) => (this.#onLook = resolve));
  }

  waitUntil(isMet: () => boolean, timeoutMs: number): Promise<boolean> {
    this.looks += 1;
    this.#onLook?.();
    if (isMet()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (answer: boolean): void => {
        forget();
        clearTimeout(timer);
        resolve(answer);
      };
      const forget = this.watchLeader(() => {
        if (isMet()) end(true);
      });
      const timer = setTimeout(() => end(false), timeoutMs);
    });
  }

  status(): ReturnType<Driver['status']> {
    return { members: this.members } as unknown as ReturnType<Driver['status']>;
  }
}

export function hint(id: string, url: string, of: number, remembersForwards = false): KnownLeader {
  return { id: nodeId(id), url, epoch: epoch(of), remembersForwards, takesForwardsTogether: false };
}

/** @param graceMs - how long no leader may be known before waiting requests are dropped */
export function forwardingNode(
  driver: ToldDriver,
  { masterUrl, graceMs = 20 }: { masterUrl?: string; graceMs?: number } = {},
): HttpForwardingNode & Disposable {
  const leaderCaller = new LeaderClient(
    's1',
    { countMax: 100, bytesMax: 1e6 },
    { agent: new OuterAgent({ keepAlive: true }), addressOf: (url) => url },
  );
  return {
    driver,
    clock: testClock,
    leaderCaller,
    leaderWatch: new LeaderWatch(driver, testClock, { lastWordMs: 100, onlyWordMs: 100, graceMs }),
    forwardIdentities: new ForwardIdentities(7),
    config: { masterUrl },
    [Symbol.dispose]: () => leaderCaller.close(),
  };
}

export interface Asked {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An HTTP server that records what it was asked. */
export class TestLeader implements Disposable {
  readonly asked: Asked[] = [];
  readonly #server: Server;
  #onAsked: (() => void) | undefined;

  constructor(answer: (response: ServerResponse, asked: Asked) => void) {
    this.#server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
      request.on('end', () => {
        const asked = { url: request.url ?? '', headers: request.headers, body };
        this.asked.push(asked);
        answer(response, asked);
        this.#onAsked?.();
      });
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves when it has been asked this many times. */
  async wasAsked(times: number): Promise<void> {
    while (this.asked.length < times) await new Promise<void>((resolve) => (this.#onAsked = resolve));
  }

  [Symbol.dispose](): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

export const neverAnswers = (): void => undefined;

export function stores(at: number, of: number) {
  return (response: ServerResponse): void =>
    void response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ offset: at, acks: 2, epoch: of }));
}

export function refuses(code: string, facts: object = {}) {
  return (response: ServerResponse): void => void response.writeHead(503).end(JSON.stringify({ code, detail: code, ...facts }));
}
