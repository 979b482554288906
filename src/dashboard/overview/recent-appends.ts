/**
 * The recent appends, of this page and of others, as one list. What comes is taken in at once; those who watch are told
 * once per turn, however much came.
 */

import type { ClusterStore } from '../data/cluster-store.ts';
import type { ClusterView } from '../data/types.ts';
import { Watchers } from '../data/watchers.ts';
import type { ActivityHistories } from './activity-histories.ts';
import { allRows } from './append-row-model.ts';
import type { AppendRow } from './append-row-model.ts';
import type { AppendTracker } from './append-tracker.ts';
import { OtherAppends } from './other-appends.ts';
import { OtherTexts } from './other-texts.ts';
import type { OtherTextsParts } from './other-texts.ts';

export interface RecentAppendsParts extends Pick<OtherTextsParts, 'read' | 'pause'> {
  readonly cluster: Pick<ClusterStore, 'subscribe' | 'onFrame'> & { readonly view: Pick<ClusterView, 'leader'> };
  readonly histories: ActivityHistories;
  /** Those of this page. */
  readonly own: Pick<AppendTracker, 'rows' | 'subscribe' | 'setCluster' | 'takeFrame'>;
  /** In ms, monotonic. */
  readonly now: () => number;
  /** Calls back once, soon. */
  readonly soon: (callback: () => void) => void;
}

export class RecentAppends {
  readonly #parts: RecentAppendsParts;
  readonly #others: OtherAppends;
  readonly #texts: OtherTexts;
  #rows: readonly AppendRow[] = [];
  readonly #watchers = new Watchers();
  #isTellingSoon = false;

  constructor(parts: RecentAppendsParts) {
    this.#parts = parts;
    const { cluster, histories, own, now, read, pause } = parts;
    this.#others = new OtherAppends({ now, histories });
    this.#texts = new OtherTexts({ read, pause, others: this.#others, told: () => this.#tellSoon() });
    cluster.onFrame((nodeId, frame) => {
      histories.take(nodeId, frame.moments);
      own.takeFrame(nodeId, frame);
      this.#changing(() => this.#others.takeFrame(nodeId, frame));
    });
    cluster.subscribe(() => {
      const { leader } = cluster.view;
      const members = (leader?.health?.members.filter(({ state }) => state !== 'joining') ?? []).map(({ id }) => id);
      own.setCluster(leader?.id, members);
      this.#changing(() => this.#others.setCluster(leader?.id, members));
    });
    // It waited for its turn already.
    own.subscribe(() => this.#tell());
  }

  /** Newest first, those of this page among them. */
  get rows(): readonly AppendRow[] {
    return this.#rows;
  }

  /** Told after `rows` has changed. What others wrote is read while somebody watches. @returns what ends it */
  subscribe(watcher: () => void): () => void {
    const end = this.#watchers.subscribe(watcher);
    this.#wantTexts();
    return end;
  }

  /** Time alone changes a row as well: what matters is whether one did. */
  #changing(change: () => void): void {
    const before = this.#others.rows;
    change();
    if (this.#others.rows !== before) this.#tellSoon();
  }

  #tellSoon(): void {
    if (this.#isTellingSoon) return;
    this.#isTellingSoon = true;
    this.#parts.soon(() => {
      this.#isTellingSoon = false;
      this.#tell();
    });
  }

  #tell(): void {
    this.#rows = allRows(this.#parts.own.rows, this.#others.rows);
    this.#watchers.tell();
    this.#wantTexts();
  }

  #wantTexts(): void {
    if (this.#watchers.count > 0) void this.#texts.want(this.#rows);
  }
}
