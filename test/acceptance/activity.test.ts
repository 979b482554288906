/** What nodes report about what they are doing and what they did in the last minutes, for pages that show it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append, ask, healthOf } from '../support/api.ts';
import type { Health } from '../support/api.ts';
import { EventStream } from '../support/events.ts';
import { startThree } from '../support/nodes.ts';
import type { TestNode } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

interface Moment {
  readonly at: number;
  readonly kind: 'placed' | 'held' | 'committed' | 'answered';
  readonly node?: string;
  readonly start?: number;
  readonly end?: number;
  readonly offset?: number | null;
  readonly ms?: number;
  readonly acks?: number;
  readonly w?: number | string;
  readonly code?: string | null;
}

interface Frame {
  readonly at: number;
  readonly health?: Health;
  readonly moments: readonly Moment[];
  readonly events?: readonly NodeEvent[];
}

interface Sample {
  readonly at: number;
  readonly appends: number;
  readonly entries: number;
  readonly refused: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly lagEntries: Readonly<Record<string, number>>;
  readonly epoch: number;
  readonly role: string;
  readonly leader: string | null;
  readonly durableEnd: number;
}

interface NodeEvent {
  readonly event: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** The activity of one node, from its first frame on. */
class Activity implements Disposable {
  readonly stream: EventStream;

  private constructor(stream: EventStream) {
    this.stream = stream;
  }

  static async of(node: TestNode): Promise<Activity> {
    const activity = new Activity(await EventStream.openAt(`${node.url}/activity`));
    assert.equal(activity.stream.status, 200);
    assert.match(activity.stream.headers['content-type'] ?? '', /^text\/event-stream/);
    await waitFor('the first frame', () => activity.frames.length > 0);
    return activity;
  }

  get frames(): Frame[] {
    return this.stream.events.filter(({ event }) => event === 'frame').map(({ data }) => data as unknown as Frame);
  }

  get samples(): Sample[] {
    return this.stream.events.filter(({ event }) => event === 'sample').map(({ data }) => data as unknown as Sample);
  }

  get moments(): Moment[] {
    return this.frames.flatMap(({ moments }) => moments);
  }

  async hears(offset: number, kind: Moment['kind'], node?: string): Promise<Moment> {
    await waitFor(`${kind} ${node ?? ''} of entry ${offset}`, () => indexOf(this.moments, { offset, kind, node }) >= 0);
    const { moments } = this;
    const moment = moments[indexOf(moments, { offset, kind, node })];
    assert.ok(moment !== undefined);
    return moment;
  }

  [Symbol.dispose](): void {
    this.stream.close();
  }
}

/** Index of the first moment that says this about the entry at `offset`. */
function indexOf(
  moments: readonly Moment[],
  { offset, kind, node }: { readonly offset: number; readonly kind: Moment['kind']; readonly node?: string | undefined },
): number {
  return moments.findIndex((moment) => {
    if (moment.kind !== kind || moment.node !== node) return false;
    return kind === 'answered' ? moment.offset === offset : (moment.end ?? 0) > offset;
  });
}

for (const [memory, options] of [
  [[], {}],
  [['master', 's1', 's2'], onlyLong],
] as const) {
  test(
    `an append is reported as placed, held by each node, committed and answered${memory.length > 0 ? ', in memory' : ''}`,
    options,
    async () => {
      // What the cluster did when it began may be among the moments.
      const before = Date.now();
      const { cluster, master, s1 } = await startThree({ memory });
      await using _ = cluster;
      using activity = await Activity.of(master);
      using ofFollower = await Activity.of(s1);
      const offsets: number[] = [];
      for (const message of ['a', 'b']) offsets.push(Number((await append(master, message)).json['offset']));
      assert.deepEqual(offsets, [0, 1]);
      for (const offset of offsets) {
        const answered = await activity.hears(offset, 'answered');
        const placed = await activity.hears(offset, 'placed');
        const { ms = Number.NaN, acks, w, code } = answered;
        assert.deepEqual([placed.start, placed.end, acks, w, code], [offset, offset + 1, 3, 'all', null]);
        for (const node of ['master', 's1', 's2']) await activity.hears(offset, 'held', node);
        await activity.hears(offset, 'committed');
        const { moments } = activity;
        const place = (kind: Moment['kind'], node?: string): number => indexOf(moments, { offset, kind, node });
        const held = ['master', 's1', 's2'].map((node) => place('held', node));
        assert.ok(held.every((index) => place('placed') < index && index < place('answered')));
        // Two of three hold it by then.
        assert.ok(held.filter((index) => index < place('committed')).length >= 2);
        assert.ok(place('committed') < place('answered'));
        assert.ok(ms > 0 && ms < 5000 && placed.at >= answered.at - ms - 1, `${ms} ms`);
      }
      const times = activity.moments.map(({ at }) => at);
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      );
      assert.ok(times.every((at) => at > before - 100 && at < Date.now() + 100));
      // A follower knows of itself, and of what is committed.
      await ofFollower.hears(1, 'held', 's1');
      await ofFollower.hears(1, 'committed');
      assert.deepEqual(
        ofFollower.moments.filter(({ kind, node }) => kind === 'placed' || kind === 'answered' || (node ?? 's1') !== 's1'),
        [],
      );
    },
  );
}

test('a frame has the health of the node if it has changed, and there is a frame at least every second', onlyLong, async () => {
  const { cluster, master, s2 } = await startThree();
  await using _ = cluster;
  using activity = await Activity.of(master);
  const [first] = activity.frames;
  assert.deepEqual([first?.health?.role, first?.moments], ['leader', []]);
  const { text } = await ask(master, '/health');
  assert.deepEqual(Object.keys(first?.health ?? {}), Object.keys(JSON.parse(text) as object));
  await append(master, 'a');
  const end = (): number | undefined => activity.frames.findLast(({ health }) => health !== undefined)?.health?.ends.visibleEnd;
  await waitFor('the new end is in a frame', () => end() === 1);
  const isQuiet = (frame: Frame | undefined): boolean => frame?.health === undefined && frame?.moments.length === 0;
  await waitFor('frames come while nothing happens', () => {
    const [before, last] = activity.frames.slice(-2);
    const ms = (last?.at ?? Number.NaN) - (before?.at ?? Number.NaN);
    return isQuiet(before) && isQuiet(last) && ms > 500 && ms < 1500;
  });
  await s2.kill();
  await waitFor('a frame says that a node is down', () =>
    activity.frames.some(({ health }) => health?.members.some((member) => member.id === 's2' && member.health !== 'healthy') === true),
  );
});

test(
  'a delayed follower is reported to hold an entry later than the others, and an append that times out on it to fail',
  onlyLong,
  async () => {
    const { cluster, master } = await startThree({ delays: ['0', '1.5'] });
    await using _ = cluster;
    using activity = await Activity.of(master);
    assert.equal((await append(master, 'slow')).status, 201);
    const [fast, slow] = [await activity.hears(0, 'held', 's1'), await activity.hears(0, 'held', 's2')];
    assert.ok(slow.at - fast.at > 1000, `${slow.at - fast.at} ms`);
    const committed = await activity.hears(0, 'committed');
    assert.ok(committed.at < slow.at);
    assert.ok(((await activity.hears(0, 'answered')).ms ?? 0) > 1200);
    assert.equal((await append(master, 'gives up', { timeoutMs: 700 })).status, 504);
    const { code, acks, w } = await activity.hears(1, 'answered');
    assert.deepEqual([code, acks, w], ['concern-timeout', 2, 'all']);
  },
);

test('under load a frame has at most 256 moments, and the newest ends are among them', onlyLong, async () => {
  const { cluster, master } = await startThree();
  await using _ = cluster;
  using activity = await Activity.of(master);
  const count = 3000;
  await Promise.all(Array.from({ length: count }, (_unused, n) => append(master, n, { w: 1 + (n % 3) })));
  for (const node of ['master', 's1', 's2']) await activity.hears(count - 1, 'held', node);
  await activity.hears(count - 1, 'committed');
  await activity.hears(count - 1, 'placed');
  const placed = activity.moments.filter(({ kind }) => kind === 'placed');
  assert.deepEqual(
    placed.map(({ start }) => start),
    [0, ...placed.slice(0, -1).map(({ end }) => end)],
  );
  const sizes = activity.frames.map(({ moments }) => moments.length);
  assert.ok(Math.max(...sizes) <= 256);
});

test('the history counts appends per second, and its samples come as events, too', onlyLong, async () => {
  const { cluster, master, s1 } = await startThree();
  await using _ = cluster;
  using activity = await Activity.of(master);
  for (const message of ['a', 'b', 'c']) await append(master, message);
  await ask(s1, '/messages', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"messages":["d","e"]}' });
  const history = async (node: TestNode): Promise<Sample[]> => {
    const { status, json } = await ask(node, '/history');
    assert.deepEqual([status, json['intervalMs']], [200, 1000]);
    return json['samples'] as Sample[];
  };
  const sum = (samples: readonly Sample[], name: 'appends' | 'entries' | 'refused'): number =>
    samples.reduce((total, sample) => total + sample[name], 0);
  await waitFor('they are counted', async () => sum(await history(master), 'appends') >= 4);
  const samples = await history(master);
  assert.deepEqual([sum(samples, 'appends'), sum(samples, 'entries'), sum(samples, 'refused')], [4, 5, 0]);
  for (const { appends, p50Ms, p99Ms } of samples) {
    assert.ok(appends === 0 ? p50Ms === null && p99Ms === null : p50Ms !== null && p99Ms !== null && p50Ms > 0 && p50Ms <= p99Ms);
  }
  const last = samples.at(-1);
  assert.deepEqual([last?.role, last?.epoch, last?.lagEntries], ['leader', (await healthOf(master)).epoch, { s1: 0, s2: 0 }]);
  await waitFor('they were sent', () => sum(activity.samples, 'appends') === 4);
  for (const sample of activity.samples.slice(0, 1))
    assert.deepEqual(
      samples.find(({ at }) => at === sample.at),
      sample,
    );
  // Appends that a follower forwards are not counted there.
  await waitFor('a follower has samples', async () => (await history(s1)).length > 0);
  const ofFollower = await history(s1);
  assert.deepEqual([sum(ofFollower, 'appends'), ofFollower.at(-1)?.role, ofFollower.at(-1)?.lagEntries], [0, 'follower', {}]);
  assert.equal(ofFollower.at(-1)?.leader, 'master');
  await waitFor('it says how far it holds the log, too', async () => (await history(s1)).at(-1)?.durableEnd === 5);
});

test(
  'log events about the cluster are in the history and the activity; the health says when the node started and how full its disk is',
  onlyLong,
  async () => {
    const { cluster, master, s1 } = await startThree();
    await using _ = cluster;
    using activity = await Activity.of(master);
    const events = async (): Promise<readonly NodeEvent[]> => (await ask(master, '/history')).json['events'] as NodeEvent[];
    const names = (await events()).map(({ event }) => event);
    assert.ok(names.includes('node.started') && names.includes('epoch.began'), names.join());
    await s1.kill();
    const isLost = ({ event, facts }: NodeEvent): boolean =>
      event === 'health.changed' && facts['member'] === 's1' && facts['health'] === 'unhealthy';
    await waitFor('the history says that it is lost', async () => (await events()).some(isLost));
    await waitFor('the activity says it', () => activity.frames.some((frame) => frame.events?.some(isLost) === true));
    const { startedAt, disk } = (await ask(master, '/health')).json as { startedAt: string; disk: Record<string, number> };
    assert.ok(Math.abs(Date.parse(startedAt) - Date.now()) < 60_000, startedAt);
    assert.ok((disk['freeBytes'] ?? 0) > 0 && (disk['sizeBytes'] ?? 0) > (disk['freeBytes'] ?? 0), JSON.stringify(disk));
  },
);

test('a listener may go away, too many are refused, and a node that stops tells the rest', async () => {
  const { cluster, master } = await startThree();
  await using _ = cluster;
  {
    using gone = await Activity.of(master);
    assert.ok(!gone.stream.isClosed);
  }
  const listeners: EventStream[] = [];
  for (let n = 0; n < 100; n += 1) listeners.push(await EventStream.openAt(`${master.url}/activity`));
  // The one that went away may still be counted.
  await waitFor('one too many is refused', async () => {
    const { status, json, headers } = await ask(master, '/activity', { signal: AbortSignal.timeout(5000) });
    assert.deepEqual([status, json['code'], headers['retry-after']], [503, 'too-many-listeners', '5']);
    return true;
  });
  listeners.pop()?.close();
  const begunAt = performance.now();
  const ended = master.stop();
  for (const listener of listeners) assert.equal((await listener.ends())['code'], 'shutting-down');
  assert.deepEqual(await ended, { code: 0, signal: null });
  const ms = performance.now() - begunAt;
  assert.ok(ms < 3000, `took ${ms} ms`);
});

test('unknown query parameters are refused, on both routes', async () => {
  const { cluster, s1 } = await startThree({ memory: ['master', 's1', 's2'] });
  await using _ = cluster;
  for (const path of ['/activity?from=1', '/history?limit=2']) {
    const { status, json } = await ask(s1, path);
    assert.deepEqual([status, json['code']], [400, 'bad-request']);
  }
});
