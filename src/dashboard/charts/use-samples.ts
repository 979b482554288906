/** The samples of all nodes: what they remember, asked once, and then each second as it is told. */

import { useEffect } from 'preact/hooks';
import { history } from '../data/api.ts';
import type { ClusterStore } from '../data/cluster-store.ts';
import { SampleBook } from './sample-book.ts';

const againMs = 2000;

export class Samples {
  readonly book = new SampleBook();
  /** Those whose history was asked since they were last reached. */
  readonly #asked = new Set<string>();
  readonly #store: ClusterStore;

  constructor(store: ClusterStore) {
    this.#store = store;
    store.onSample((nodeId, sample) => this.book.add(nodeId, [sample]));
  }

  /** Asks each node that is reached for what it remembers. A node that comes back is asked again: it may have led meanwhile. */
  ask(): void {
    for (const { id, isReachable } of this.#store.view.nodes) {
      if (!isReachable) this.#asked.delete(id);
      else if (!this.#asked.has(id)) {
        this.#asked.add(id);
        history(id).then(
          ({ samples }) => this.book.add(id, samples),
          // Until then the chart begins with what is told each second.
          () => setTimeout(() => this.#asked.delete(id), againMs),
        );
      }
    }
  }

  /** What was told while nobody listened is asked for when somebody does. */
  forgetAsked(): void {
    this.#asked.clear();
  }
}

export function useSamples(samples: Samples, store: ClusterStore): SampleBook {
  useEffect(() => {
    samples.forgetAsked();
    samples.ask();
    return store.subscribe(() => samples.ask());
  }, [samples, store]);
  return samples.book;
}
