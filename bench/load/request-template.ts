/**
 * A request that is made once and sent again and again: only the counters in it change. So the generator takes little time
 * of the processors that it shares with what it measures.
 */

import { counterDigits, counterMark, writeCounter } from './message-text.ts';

export class RequestTemplate {
  readonly bytes: Buffer;
  readonly messages: number;
  /** Positions of the counters, and how far each is above the first one. */
  readonly #positions: readonly number[];
  readonly #deltas: readonly number[];

  /** @param items - one per message; each mark in the k-th item becomes the k-th number */
  constructor(parts: { readonly head: Buffer; readonly items: readonly Buffer[]; readonly tail: Buffer }) {
    const positions: number[] = [];
    const deltas: number[] = [];
    let base = parts.head.length;
    for (const [delta, item] of parts.items.entries()) {
      for (let at = item.indexOf(counterMark); at !== -1; at = item.indexOf(counterMark, at + counterDigits)) {
        positions.push(base + at);
        deltas.push(delta);
      }
      base += item.length;
    }
    this.bytes = Buffer.concat([parts.head, ...parts.items, parts.tail]);
    for (const position of positions) this.bytes.fill('0', position, position + counterDigits);
    this.messages = parts.items.length;
    this.#positions = positions;
    this.#deltas = deltas;
  }

  /** Numbers the messages from `counter` on. Only once the previous request has been sent completely. */
  fill(counter: number): Buffer {
    for (let index = 0; index < this.#positions.length; index += 1) {
      writeCounter(this.bytes, this.#positions[index] ?? 0, counter + (this.#deltas[index] ?? 0));
    }
    return this.bytes;
  }
}
