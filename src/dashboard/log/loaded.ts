/** What the page has read of all nodes' logs. There is one, so that it is still there when its view is opened again. */

import type { ClusterStore } from '../data/cluster-store.ts';
import type { Health } from '../../api/health.ts';
import { Watchers } from '../data/watchers.ts';
import { EntryLoader } from './entry-loader.ts';
import type { ReadPage } from './entry-loader.ts';
import { survivingEnd } from './surviving-end.ts';

export class Loaded {
  readonly loader: EntryLoader;
  readonly #lastHealth = new Map<string, Health>();
  readonly #watchers = new Watchers();

  constructor(store: Pick<ClusterStore, 'onFrame'>, read: ReadPage) {
    this.loader = new EntryLoader({
      read,
      onChange: () => this.#watchers.tell(),
    });
    store.onFrame((nodeId, { health }) => {
      if (health === undefined) return;
      const end = survivingEnd(this.#lastHealth.get(nodeId), health);
      this.#lastHealth.set(nodeId, health);
      if (end !== undefined) this.loader.cut(nodeId, end);
    });
  }

  /** Told when entries came or went. @returns what ends it */
  subscribe(watcher: () => void): () => void {
    return this.#watchers.subscribe(watcher);
  }
}
