/** What nodes remember, asked of each whenever it is reached anew: it may have been restarted, or have led meanwhile. */

import type { History } from '../../api/activity.ts';
import type { ClusterView } from './types.ts';

const againMs = 2000;

export interface HistorySource {
  readonly view: Pick<ClusterView, 'nodes'>;
  subscribe(watcher: () => void): () => void;
}

export type HistoryListener = (nodeId: string, history: History) => void;

export class NodeHistories {
  readonly #source: HistorySource;
  readonly #read: (nodeId: string) => Promise<History>;
  /** Since they were last reached. */
  readonly #asked = new Set<string>();
  readonly #listeners: HistoryListener[] = [];

  constructor(source: HistorySource, read: (nodeId: string) => Promise<History>) {
    this.#source = source;
    this.#read = read;
    source.subscribe(() => this.#ask());
  }

  /** For as long as the page is there. */
  listen(listener: HistoryListener): void {
    this.#listeners.push(listener);
  }

  #ask(): void {
    for (const { id, isReachable } of this.#source.view.nodes) {
      if (!isReachable) this.#asked.delete(id);
      else if (!this.#asked.has(id)) {
        this.#asked.add(id);
        this.#read(id).then(
          (history) => {
            for (const listener of this.#listeners) listener(id, history);
          },
          // Until then there is what is told as it happens.
          () =>
            setTimeout(() => {
              this.#asked.delete(id);
              this.#ask();
            }, againMs),
        );
      }
    }
  }
}
