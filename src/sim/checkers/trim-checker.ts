/**
 * Checks what goes from a log, and why: only what was asked for or what the retention allows, only what is committed, never
 * because one clock is wrong; on all nodes alike, and for good.
 */

import type { BatchDraft } from '../../core/model/batch.ts';
import type { Retention } from '../../core/model/control.ts';
import { claim } from '../world/claim.ts';
import type { SimNode } from '../world/sim-node.ts';
import type { LogChecker } from './log-checker.ts';

interface Seen {
  readonly replica: unknown;
  firstOffset: number;
}

export class TrimChecker {
  readonly #nodes: readonly SimNode[];
  readonly #logs: LogChecker;
  readonly #seen = new Map<SimNode, Seen>();
  /** The furthest trim that was asked for, and the furthest that was acknowledged. */
  #asked = 0;
  #acknowledged = 0;
  /** The least that a retention ever allowed to keep. */
  #fewestEntries = Number.POSITIVE_INFINITY;
  #isByBytes = false;
  #isByAge = false;

  constructor(nodes: readonly SimNode[], logs: LogChecker) {
    this.#nodes = nodes;
    this.#logs = logs;
  }

  asked(before: number): void {
    this.#asked = Math.max(this.#asked, before);
  }

  /** Where the log begins at the latest, for a read at `linearizable` that begins now. */
  get knownFirst(): number {
    return this.#acknowledged;
  }

  linearizableRead(firstOffset: number, known: number): void {
    claim(firstOffset >= known, () => `a linearizable read knows what was trimmed before: ${firstOffset}, and not ${known}`);
  }

  acknowledged(before: number, firstOffset: number): void {
    claim(firstOffset >= before, () => `a trim before ${before} is acknowledged when it is done: ${firstOffset}`);
    this.#acknowledged = Math.max(this.#acknowledged, before);
  }

  wanted({ maxEntries, maxBytes, maxAgeMs }: Retention): void {
    this.#fewestEntries = Math.min(this.#fewestEntries, maxEntries ?? Number.POSITIVE_INFINITY);
    this.#isByBytes ||= maxBytes !== null;
    this.#isByAge ||= maxAgeMs !== null;
  }

  decided(node: SimNode, { control, baseOffset }: BatchDraft): void {
    if (control?.kind === 'base') {
      const { base } = control;
      const { firstOffset } = node.replica?.controls ?? { firstOffset: 0 };
      claim(base.offset <= firstOffset, () => `a base lies in what was trimmed: ${node.id} decides ${base.offset} of ${firstOffset}`);
    }
    if (control?.kind !== 'trim') return;
    const { firstOffset } = control;
    const committed = this.#logs.committed.length;
    claim(firstOffset <= committed, () => `only what is committed goes: ${node.id} trims before ${firstOffset} of ${committed}`);
    const isAsked = firstOffset <= this.#asked;
    const isOfEntries = baseOffset - firstOffset >= this.#fewestEntries;
    // What was dated by wrong clocks that agreed may look old once they are right.
    const memberCount = node.replica?.status().members.length ?? 0;
    const isOfAge = this.#isByAge && 2 * this.#nodes.filter(({ hadWrongClock }) => hadWrongClock).length >= memberCount;
    claim(
      isAsked || isOfEntries || this.#isByBytes || isOfAge,
      () => `nothing goes without a reason: ${node.id} trims before ${firstOffset} of ${baseOffset}, and ${this.#asked} was asked for`,
    );
  }

  /** After every event. */
  check(node: SimNode): void {
    const { replica } = node;
    if (replica === undefined) return;
    const { firstOffset } = replica.controls;
    const seen = this.#seen.get(node);
    if (seen?.replica === replica && seen.firstOffset === firstOffset) return;
    const before = seen?.replica === replica ? seen.firstOffset : 0;
    claim(firstOffset >= before, () => `the first offset never goes down: ${node.id} had ${before}, has ${firstOffset}`);
    claim(
      firstOffset <= this.#logs.committed.length,
      () => `only what is committed goes: ${node.id} begins at ${firstOffset} of ${this.#logs.committed.length}`,
    );
    this.#seen.set(node, { replica, firstOffset });
  }

  /** After the faults: all nodes agree on what is kept. */
  checkEnd(): void {
    const kept = this.#nodes.map(({ replica }) => JSON.stringify({ from: replica?.controls.firstOffset, by: replica?.controls.retention }));
    claim(new Set(kept).size === 1, () => `all nodes agree on what is kept: ${kept.join(' ')}`);
    const firstOffset = this.#nodes[0]?.replica?.controls.firstOffset ?? 0;
    claim(
      firstOffset >= this.#acknowledged,
      () => `an acknowledged trim lasts: ${this.#acknowledged}, and the log begins at ${firstOffset}`,
    );
  }
}
