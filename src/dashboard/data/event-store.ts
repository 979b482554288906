/** What happened to the cluster, as far as this page heard: what nodes remember, tell as it happens, and what the page sees itself. */

import type { NodeEvent } from '../../api/activity.ts';
import type { ClusterStore } from './cluster-store.ts';
import type { NodeHistories } from './node-histories.ts';
import { Watchers } from './watchers.ts';
import { whatHappened } from './what-happened.ts';
import type { Sighting, WhatHappened, Told } from './what-happened.ts';

/** Older ones are let go: of what nodes told, and of what the page saw. */
const keptMax = 2000;

export class EventStore {
  readonly #told = new Map<string, Told>();
  readonly #sightings: Sighting[] = [];
  /** Nodes that the page heard, and whether it does now. */
  readonly #isHere = new Map<string, boolean>();
  readonly #watchers = new Watchers();
  readonly #cluster: Pick<ClusterStore, 'view' | 'subscribe' | 'onFrame'>;
  #happened: WhatHappened = { items: [], lostAt: new Map() };

  constructor(cluster: Pick<ClusterStore, 'view' | 'subscribe' | 'onFrame'>, histories: Pick<NodeHistories, 'listen'>) {
    this.#cluster = cluster;
    // A node of an earlier version tells nothing.
    histories.listen((node, { events }: { readonly events?: readonly NodeEvent[] }) => this.#add(node, events ?? []));
    cluster.onFrame((node, { events }) => {
      if (events !== undefined) this.#add(node, events);
    });
    cluster.subscribe(() => this.#look());
  }

  /** The same object until something happens. */
  get happened(): WhatHappened {
    return this.#happened;
  }

  /** Told after `happened` has changed. @returns what ends it */
  subscribe(watcher: () => void): () => void {
    return this.#watchers.subscribe(watcher);
  }

  #add(node: string, events: readonly NodeEvent[]): void {
    const before = this.#told.size;
    // What was told as it happened stands in the history, too. Two of a kind in the same millisecond differ in their facts.
    for (const event of events) this.#told.set(`${node} ${event.at} ${event.event} ${JSON.stringify(event.facts)}`, { node, ...event });
    if (this.#told.size !== before) this.#tell();
  }

  /** A node that is lost together with the page's own server is not seen to go. */
  #look(): void {
    let isNews = false;
    for (const { id, isReachable, goneReason, absence, heardAt } of this.#cluster.view.nodes) {
      const wasHere = this.#isHere.get(id);
      if (isReachable) {
        this.#isHere.set(id, true);
        if (wasHere !== false) continue;
        this.#sightings.push({ at: Date.now(), node: id, isHere: true, isSilent: false });
      } else if (wasHere === true && goneReason !== undefined) {
        this.#isHere.set(id, false);
        this.#sightings.push({ at: heardAt ?? Date.now(), node: id, isHere: false, isSilent: absence === 'silent' });
      } else continue;
      isNews = true;
    }
    if (isNews) this.#tell();
  }

  #tell(): void {
    const oldest = [...this.#told].toSorted(([, a], [, b]) => a.at - b.at);
    for (const [key] of oldest.slice(0, Math.max(0, oldest.length - keptMax))) this.#told.delete(key);
    this.#sightings.splice(0, this.#sightings.length - keptMax);
    this.#happened = whatHappened([...this.#told.values()], this.#sightings);
    this.#watchers.tell();
  }
}
