import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ActivityEvent } from '../../api/activity.ts';
import type { FrameListener } from '../data/cluster-store.ts';
import type { NodeView } from '../data/types.ts';
import { ActivityHistories } from './activity-histories.ts';
import { AppendTracker } from './append-tracker.ts';
import { RecentAppends } from './recent-appends.ts';

const members = ['n1', 'n2', 'n3'].map((id) => ({ id, state: 'member' }));

function leading(id: string): NodeView {
  return { id, health: { members } } as unknown as NodeView;
}

/** A page that draws when it is told to, and hears frames of n1, whose clock is the page's. */
class Stand {
  now = 1000;
  told: string[][] = [];
  reads = 0;
  #leader = leading('n1');
  #frames: FrameListener[] = [];
  #viewWatchers: (() => void)[] = [];
  /** What waits for the next frame of the screen. */
  waiting: (() => void)[] = [];
  readonly recent: RecentAppends;

  constructor() {
    const histories = new ActivityHistories();
    const now = (): number => this.now;
    const soon = (callback: () => void): void => void this.waiting.push(callback);
    const viewOf = (): { readonly leader: NodeView } => ({ leader: this.#leader });
    this.recent = new RecentAppends({
      cluster: {
        get view() {
          return viewOf();
        },
        subscribe: (watcher) => {
          this.#viewWatchers.push(watcher);
          return () => undefined;
        },
        onFrame: (listener) => {
          this.#frames.push(listener);
          return () => undefined;
        },
      },
      histories,
      own: new AppendTracker({ append: () => Promise.reject(new Error('nothing is sent')), histories, now, soon }),
      now,
      soon,
      read: () => Promise.resolve(`"text ${(this.reads += 1)}"`),
      pause: () => Promise.resolve(),
    });
    this.leads('n1');
    this.frame();
  }

  watch(): () => void {
    return this.recent.subscribe(() => this.told.push(this.recent.rows.map(({ state, messages }) => [state, ...messages].join(' '))));
  }

  leads(id: string): void {
    this.#leader = leading(id);
    for (const watcher of this.#viewWatchers) watcher();
  }

  frame(...moments: readonly ActivityEvent[]): void {
    for (const listener of this.#frames) listener('n1', { at: this.now, moments });
  }

  /** All that waits comes, and what it made wait. */
  draw(): void {
    while (this.waiting.length > 0) for (const callback of this.waiting.splice(0)) callback();
  }
}

function placedAndHeld(offset: number, at: number): readonly ActivityEvent[] {
  const end = offset + 1;
  return [{ kind: 'placed', start: offset, end, at }, ...members.map(({ id }) => ({ kind: 'held' as const, node: id, end, at: at + 1 }))];
}

function answered(offset: number, at: number): ActivityEvent {
  return { kind: 'answered', offset, at, ms: 5, acks: 3, w: 'all', code: null };
}

test('an append whose answer is not seen is told of as soon as time says so, without another moment', () => {
  const stand = new Stand();
  stand.watch();
  stand.frame(...placedAndHeld(0, 1000));
  stand.frame();
  stand.draw();
  assert.deepEqual(stand.told.at(-1), ['under way']);
  stand.now = 6000;
  stand.frame();
  stand.draw();
  assert.deepEqual(stand.told.at(-1), ['untold']);
});

test('an append whose leader leads no more is told of at once', () => {
  const stand = new Stand();
  stand.watch();
  stand.frame(...placedAndHeld(0, 1000));
  stand.draw();
  stand.leads('n2');
  stand.draw();
  assert.deepEqual(stand.told.at(-1), ['untold']);
});

test('frames of a page that is not drawn do not pile up, and what came meanwhile is told once', () => {
  const stand = new Stand();
  stand.watch();
  for (let offset = 0; offset < 20; offset += 1) stand.frame(...placedAndHeld(offset, 1000 + offset));
  assert.ok(stand.waiting.length <= 2, `${stand.waiting.length} wait: one of this page's appends, one of all`);
  stand.draw();
  assert.ok(stand.told.length <= 2);
  assert.equal(stand.told.at(-1)?.length, 20);
});

test('frames that change nothing are not told', () => {
  const stand = new Stand();
  stand.watch();
  stand.frame(...placedAndHeld(0, 1000));
  stand.frame();
  stand.draw();
  const { rows } = stand.recent;
  stand.told = [];
  for (let frame = 0; frame < 20; frame += 1) stand.frame();
  stand.leads('n1');
  assert.deepEqual([stand.waiting, stand.told], [[], []]);
  assert.equal(stand.recent.rows, rows);
});

test('what others wrote is read while somebody watches, once however many do', async () => {
  const stand = new Stand();
  stand.frame(...placedAndHeld(0, 1000), answered(0, 1005));
  stand.draw();
  assert.equal(stand.reads, 0);
  const ends = [stand.watch(), stand.watch()];
  await new Promise((resolve) => setImmediate(resolve));
  stand.draw();
  assert.deepEqual(stand.told.at(-1), ['answered "text 1"']);
  assert.equal(stand.reads, 1);
  for (const end of ends) end();
  stand.frame(...placedAndHeld(1, 1010), answered(1, 1015));
  stand.draw();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(stand.reads, 1);
});
