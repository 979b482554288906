import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { History, NodeEvent } from '../../api/activity.ts';
import type { FrameListener } from './cluster-store.ts';
import { EventStore } from './event-store.ts';
import type { HistoryListener } from './node-histories.ts';
import type { ClusterView, NodeView } from './types.ts';

class Stand {
  #nodes: readonly NodeView[] = [];
  readonly #frameListeners: FrameListener[] = [];
  readonly #historyListeners: HistoryListener[] = [];
  readonly #watchers: (() => void)[] = [];
  readonly store: EventStore;

  constructor() {
    const viewOf = (): ClusterView => ({ nodes: this.#nodes }) as unknown as ClusterView;
    this.store = new EventStore(
      {
        get view() {
          return viewOf();
        },
        subscribe: (watcher) => adding(this.#watchers, watcher),
        onFrame: (listener) => adding(this.#frameListeners, listener),
      },
      { listen: (listener) => void this.#historyListeners.push(listener) },
    );
  }

  frame(node: string, events: readonly NodeEvent[]): void {
    for (const listener of this.#frameListeners) listener(node, { at: 0, moments: [], events });
  }

  history(node: string, events: readonly NodeEvent[]): void {
    for (const listener of this.#historyListeners) listener(node, { events } as unknown as History);
  }

  /** All of these nodes are there, or gone. */
  sees(ids: readonly string[], { isReachable }: { readonly isReachable: boolean }): void {
    const goneReason = isReachable ? undefined : 'connection refused';
    this.#nodes = ids.map((id) => ({ id, isReachable, goneReason, absence: isReachable ? undefined : 'down' }) as unknown as NodeView);
    for (const watcher of this.#watchers) watcher();
  }

  get texts(): string[] {
    return this.store.happened.items.map(({ text }) => text);
  }
}

function adding<T>(list: T[], item: T): () => void {
  list.push(item);
  return () => assert.fail('the store listens for as long as the page is there');
}

function unhealthy(member: string): NodeEvent {
  return { at: 1000, level: 'warn', event: 'health.changed', facts: { member, health: 'unhealthy' } };
}

test('two members that were lost in the same millisecond are both told of', () => {
  const stand = new Stand();
  stand.frame('master', [unhealthy('s1'), unhealthy('s2')]);
  assert.deepEqual(stand.texts, ['master lost contact with s1', 'master lost contact with s2']);
});

test('what was told as it happened, and stands in the history, is one event', () => {
  const stand = new Stand();
  const events = [unhealthy('s1'), { ...unhealthy('s1'), event: 'quorum.regained', facts: {} }];
  stand.frame('master', events);
  const before = stand.store.happened;
  stand.history('master', events);
  assert.equal(stand.store.happened, before);
  assert.deepEqual(stand.texts, ['master lost contact with s1', 'master has a majority again']);
});

test('a page that is open for long keeps only the newest of what it saw', () => {
  const stand = new Stand();
  const ids = Array.from({ length: 100 }, (_, index) => `n${index}`);
  for (let round = 0; round <= 24; round += 1) stand.sees(ids, { isReachable: round % 2 === 0 });
  assert.ok(stand.texts.length <= 2000, `${stand.texts.length} sightings`);
  assert.ok(stand.texts.length >= 1900, `${stand.texts.length} sightings`);
  assert.equal(stand.texts.at(-1), 'n99 answers again');
});
