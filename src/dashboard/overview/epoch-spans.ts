/** Who led when, as this page saw it: one span for each epoch, and one for each time in which nobody led. */

import type { ClusterView } from '../data/types.ts';

export interface EpochSpan {
  readonly kind: 'led' | 'leaderless' | 'unheard';
  /** Of the leader, with its colour; `undefined` unless somebody led. */
  readonly leaderId: string | undefined;
  readonly leaderIndex: number | undefined;
  readonly epoch: number | undefined;
  /** By this page's clock. The end is the beginning of the next one. */
  readonly start: number;
}

const spansMax = 200;

export class EpochSpans {
  #spans: readonly EpochSpan[] = [];

  /** Oldest first; the last goes on. The same object until something changed. */
  get all(): readonly EpochSpan[] {
    return this.#spans;
  }

  take({ connection, leader }: Pick<ClusterView, 'connection' | 'leader'>, now: number): void {
    const epoch = leader?.health?.epoch;
    const span: EpochSpan =
      connection !== 'open'
        ? { kind: 'unheard', leaderId: undefined, leaderIndex: undefined, epoch: undefined, start: now }
        : leader === undefined || epoch === undefined
          ? { kind: 'leaderless', leaderId: undefined, leaderIndex: undefined, epoch: undefined, start: now }
          : { kind: 'led', leaderId: leader.id, leaderIndex: leader.index, epoch, start: now };
    const last = this.#spans.at(-1);
    // Before anything was heard there is nothing to tell.
    if (last === undefined && span.kind !== 'led') return;
    if (last?.kind === span.kind && last.leaderId === span.leaderId && last.epoch === span.epoch) return;
    this.#spans = [...this.#spans.slice(1 - spansMax), span];
  }
}

export interface EpochStart {
  readonly at: number;
  readonly epoch: number;
  readonly leaderId: string;
  /** For how long nobody had led, if the page saw it. */
  readonly leaderlessMs: number | undefined;
}

/** Where an epoch began after another one. */
export function epochStarts(spans: readonly EpochSpan[]): readonly EpochStart[] {
  return spans.flatMap(({ kind, start, epoch, leaderId }, index): EpochStart[] => {
    if (index === 0 || kind !== 'led' || epoch === undefined || leaderId === undefined) return [];
    const before = spans.slice(0, index).findLast((span) => span.kind === 'led');
    // Its leader was only not heard for a moment.
    if (before?.epoch === epoch) return [];
    const gap = spans[index - 1];
    return [{ at: start, epoch, leaderId, leaderlessMs: gap?.kind === 'leaderless' ? start - gap.start : undefined }];
  });
}
