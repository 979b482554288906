/** Clients that do nothing wrong, while others do: what they notice is how long their requests take. */

import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { exchange } from '../support/api.ts';
import type { TestNode } from '../support/nodes.ts';

const sliceMs = 1500;
export const othersLanes = 8;
/** Between two requests of a lane. They are no load; they only look. */
const pauseMs = 20;

export interface Latencies {
  readonly count: number;
  /** In milliseconds, each the median of slices of a second or two: one hiccup of the machine is in one slice only. */
  readonly p50: number;
  readonly p99: number;
}

export class Others implements Disposable {
  readonly #node: Pick<TestNode, 'url'>;
  readonly #agent: Agent;
  #appended = 0;

  /** @param localAddress - from where they call */
  constructor(node: Pick<TestNode, 'url'>, localAddress: string) {
    this.#node = node;
    this.#agent = new Agent({ keepAlive: true, maxSockets: othersLanes, localAddress });
  }

  /** Appends at a majority and reads for so long. @throws if one failed */
  async during(ms: number): Promise<Latencies> {
    const begin = performance.now();
    const end = begin + ms;
    const slices = Array.from({ length: Math.max(1, Math.floor(ms / sliceMs)) }, (): number[] => []);
    const lane = async (): Promise<void> => {
      for (let n = 0; performance.now() < end; n += 1) {
        const begunAt = performance.now();
        await (n % 2 === 0 ? this.#append() : this.#read());
        slices[Math.min(slices.length - 1, Math.floor((begunAt - begin) / sliceMs))]?.push(performance.now() - begunAt);
        await pause(pauseMs);
      }
    };
    await Promise.all(Array.from({ length: othersLanes }, lane));
    const typical = (share: number): number =>
      quantile(
        slices.filter(({ length }) => length > 0).map((slice) => quantile(slice, share)),
        0.5,
      );
    return { count: slices.flat().length, p50: typical(0.5), p99: typical(0.99) };
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  async #append(): Promise<void> {
    const { status, text } = await exchange(new URL('/messages', this.#node.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ message: 'of somebody else', w: 'majority' }),
      agent: this.#agent,
    });
    assert.equal(status, 201, text);
    this.#appended += 1;
  }

  async #read(): Promise<void> {
    const from = Math.max(0, this.#appended - 20);
    const { status, text } = await exchange(new URL(`/messages?from=${from}&limit=10`, this.#node.url), { agent: this.#agent });
    assert.equal(status, 200, text);
  }
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
