/**
 * Checks that every acknowledged message is on every node, once, in one order: reads the leader's log, checks each lane's
 * numbers one by one, and compares what the other nodes serve with the leader's bytes. Works in pieces: each run continues
 * where the previous one ended, so a long log is read once.
 */

import { createHash } from 'node:crypto';
import { ask } from './ask.ts';
import type { Reach } from './ask.ts';
import { CheckFailed } from './check-failed.ts';
import type { LoadResult } from './load/plan.ts';
import { LogLines } from './log-lines.ts';

export interface ReadableNode {
  readonly spec: { readonly name: string; readonly reach?: Reach };
  readonly url: string;
}

export class Verification {
  /** How many messages are expected of each lane, and how many were seen so far. */
  readonly #lanes = new Map<number, { readonly expected: number; seen: number }>();
  /** One past the last entry that was verified. */
  #end = 0;
  #expectedCount = 0;

  get expectedCount(): number {
    return this.#expectedCount;
  }

  expect(result: LoadResult): void {
    for (const [lane, expected] of result.acknowledged.entries()) {
      const key = laneKey(result.generator, lane);
      if (this.#lanes.has(key)) throw new Error(`generator ${result.generator} was used before`);
      this.#lanes.set(key, { expected, seen: 0 });
      this.#expectedCount += expected;
    }
  }

  /** @throws CheckFailed */
  async run(nodes: readonly ReadableNode[]): Promise<void> {
    const [leader, ...others] = nodes;
    if (leader === undefined) return;
    const start = this.#end;
    const wanted = await this.#read(leader, start, (line) => this.#countLine(leader, line));
    for (const [key, { expected, seen }] of this.#lanes) {
      if (seen < expected) throw new CheckFailed(`${leader.spec.name} lacks ${expected - seen} acknowledged messages of ${laneName(key)}`);
      // Verified: a later run need not read it again.
      this.#lanes.set(key, { expected, seen });
    }
    for (const node of others) {
      const found = await this.#read(node, start, undefined);
      if (found.lineCount !== wanted.lineCount)
        throw new CheckFailed(
          `from offset ${start} on ${node.spec.name} has ${found.lineCount} entries, and ${leader.spec.name} ${wanted.lineCount}`,
        );
      if (found.digest !== wanted.digest)
        throw new CheckFailed(`from offset ${start} on ${node.spec.name} does not have what ${leader.spec.name} has, in its order`);
    }
    this.#end = start + wanted.lineCount;
  }

  #countLine(node: ReadableNode, { offset, origin }: LogLines): void {
    if (offset !== this.#end + this.#counted)
      throw new CheckFailed(`${node.spec.name}: offset ${offset} follows ${this.#end + this.#counted - 1}`);
    this.#counted += 1;
    if (origin === undefined) throw new CheckFailed(`${node.spec.name}: no generator sent what is at offset ${offset}`);
    const key = laneKey(origin.generator, origin.lane);
    const lane = this.#lanes.get(key);
    if (lane === undefined || origin.counter >= lane.expected)
      throw new CheckFailed(`${node.spec.name}: message ${origin.counter} of ${laneName(key)} at offset ${offset} was never acknowledged`);
    if (origin.counter !== lane.seen)
      throw new CheckFailed(
        `${node.spec.name}: message ${origin.counter} of ${laneName(key)} at offset ${offset}, where ${lane.seen} is due`,
      );
    lane.seen += 1;
  }

  #counted = 0;

  async #read(
    node: ReadableNode,
    start: number,
    onLine: ((line: LogLines) => void) | undefined,
  ): Promise<{ lineCount: number; digest: string }> {
    this.#counted = 0;
    const hash = createHash('sha256');
    const lines = new LogLines();
    const answer = await ask(`${node.url}/messages?from=${start}`, node.spec.reach, { accept: 'application/x-ndjson' });
    if (answer.statusCode !== 200) throw new CheckFailed(`${node.spec.name} answers ${answer.statusCode} to a reader`);
    for await (const chunk of answer) {
      const bytes = chunk as Buffer;
      hash.update(bytes);
      lines.push(bytes, onLine);
    }
    lines.end();
    return { lineCount: lines.count, digest: hash.digest('hex') };
  }
}

const lanesMax = 10_000;

function laneKey(generator: number, lane: number): number {
  return generator * lanesMax + lane;
}

function laneName(key: number): string {
  return `lane ${key % lanesMax} of generator ${Math.floor(key / lanesMax)}`;
}
