/**
 * Reads the committed log through any node, keeps what it read, and trims it a little behind: read once, then gone. At the end
 * its archive takes the place of what no node has any more.
 */

import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../src/sim/world/random.ts';
import { exchange } from '../support/api.ts';
import type { RawAnswer } from '../support/api.ts';
import type { ChaosNode } from './chaos-cluster.ts';
import type { Recorder, SeenEntry } from './history.ts';

const timeoutMs = 2000;
const pageEntries = 5000;
/** How many of the entries that it has read stay in the log: between these. */
const behind = { least: 50, most: 500 };

interface ArchivistParts {
  readonly nodes: readonly ChaosNode[];
  readonly recorder: Recorder;
  readonly random: Random;
  readonly isOver: () => boolean;
}

export class Archivist {
  readonly #parts: ArchivistParts;
  readonly #archive: SeenEntry[] = [];
  /** How many trims were acknowledged, and the furthest of them. */
  trims = 0;
  #trimmed = 0;

  constructor(parts: ArchivistParts) {
    this.#parts = parts;
  }

  async run(): Promise<void> {
    const { random, nodes, isOver } = this.#parts;
    while (!isOver()) {
      await pause(random.between(50, 200));
      await this.#read(random.pick(nodes));
      if (random.chance(0.3)) await this.#trim(random.pick(nodes), this.#archive.length - random.between(behind.least, behind.most));
    }
  }

  /** The log from its first entry on. @param kept - what a node has, from this offset on. @throws if something is missing between */
  whole(kept: { readonly node: string; readonly firstOffset: number; readonly entries: readonly SeenEntry[] }): SeenEntry[] {
    const { node, firstOffset, entries } = kept;
    if (firstOffset < this.#trimmed)
      throw new Error(`${node} begins at ${firstOffset}, and a trim before ${this.#trimmed} was acknowledged`);
    if (firstOffset > this.#archive.length) throw new Error(`${node} begins at ${firstOffset}: nobody asked for so much to go`);
    return [...this.#archive.slice(0, firstOffset), ...entries];
  }

  async #read(node: ChaosNode): Promise<void> {
    const { recorder } = this.#parts;
    const from = this.#archive.length;
    const began = recorder.now;
    const { start } = node;
    const answer = await ask(new URL(`/messages?view=entries&read=committed&from=${from}&limit=${pageEntries}`, node.url), 'GET');
    if (answer?.status === 410) throw new Error(`entry ${from} went before it was read: ${answer.text}`);
    if (answer?.status !== 200) return;
    const { messages: entries } = JSON.parse(answer.text) as { messages: SeenEntry[] };
    this.#archive.push(...entries);
    const read = { reader: 'archivist', node: node.id, level: 'committed' as const, from, limit: pageEntries };
    recorder.reading({ ...read, began, ended: recorder.now, entries, start: node.start === start ? start : undefined });
  }

  async #trim(node: ChaosNode, before: number): Promise<void> {
    if (before <= this.#trimmed) return;
    const answer = await ask(new URL(`/messages?before=${before}&timeoutMs=${timeoutMs}`, node.url), 'DELETE');
    if (answer?.status !== 200) return;
    this.trims += 1;
    this.#trimmed = Math.max(this.#trimmed, (JSON.parse(answer.text) as { firstOffset: number }).firstOffset);
  }
}

/** @returns `undefined` if no complete answer came */
async function ask(url: URL, method: 'GET' | 'DELETE'): Promise<RawAnswer | undefined> {
  try {
    return await exchange(url, { method, signal: AbortSignal.timeout(timeoutMs + 1000) });
  } catch {
    return undefined;
  }
}
