import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Entry } from '../api/entries.ts';
import { LogError } from '../api/problems.ts';
import { ViewError } from './view-error.ts';
import type { ViewOptions, ViewedLog } from './view-options.ts';
import { view } from './view.ts';
import type { View } from './view.ts';

const folder = mkdtempSync(join(tmpdir(), 'rlog-view-'));
let fileCount = 0;
const newFile = (): string => join(folder, `${(fileCount += 1)}.view`);

after(() => rmSync(folder, { recursive: true }));

/** A log in memory, which grows and is trimmed as a test says. */
class TestLog implements ViewedLog {
  cluster: string | null = 'log-1';
  firstOffset = 0;
  /** What was asked of it. */
  readonly begun: number[] = [];
  readonly #messages: unknown[] = [];
  #moved = Promise.withResolvers<void>();

  append(...messages: unknown[]): number {
    this.#messages.push(...messages);
    this.#moved.resolve();
    this.#moved = Promise.withResolvers();
    return this.#messages.length - 1;
  }

  trim(before: number): void {
    this.firstOffset = before;
    this.append();
  }

  status(): Promise<{ readonly cluster: string | null }> {
    return Promise.resolve({ cluster: this.cluster });
  }

  async *follow<Message>({ from, signal }: { readonly from: number; readonly signal: AbortSignal }): AsyncIterable<Entry<Message>> {
    this.begun.push(from);
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    aborted.catch(() => undefined);
    signal.addEventListener('abort', () => reject(signal.reason as Error));
    for (let offset = from; ; offset += 1) {
      signal.throwIfAborted();
      while (offset >= this.#messages.length && offset >= this.firstOffset) await Promise.race([aborted, this.#moved.promise]);
      if (offset < this.firstOffset) throw new LogError('trimmed', 'gone', { firstOffset: this.firstOffset });
      yield { offset, epoch: 1, timestamp: '2026-01-01T00:00:00.000Z', message: this.#messages[offset] as Message };
    }
  }
}

const sums = (more: Partial<ViewOptions<number[], number>> = {}): ViewOptions<number[], number> => ({
  initial: [0],
  apply: (sum, { message }) => void (sum[0] = (sum[0] ?? 0) + message),
  ...more,
});

async function codeOf(failed: Promise<unknown>): Promise<unknown> {
  const error: unknown = await failed.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return (error as { readonly code?: unknown } | undefined)?.code;
}

test('a view folds the entries there are, and then those that come', async () => {
  const log = new TestLog();
  log.append(1, 2, 3);
  await using sum = view(log, sums());
  assert.deepEqual(await sum.upTo(2), [6]);
  assert.equal(sum.offset, 3);
  const read = sum.upTo(log.append(10));
  assert.deepEqual([await read, sum.state, sum.offset], [[16], [16], 4]);
});

test('apply may return the new state, or a promise of it, and is not called again before it is there', async () => {
  const log = new TestLog();
  log.append('a', 'b', 'c');
  let running = 0;
  await using words = view<string, string>(log, {
    initial: '',
    apply: async (state, { message }) => {
      running += 1;
      assert.equal(running, 1);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return state + message;
    },
  });
  assert.equal(await words.upTo(2), 'abc');
});

test('a restart goes on from the file, and not from the beginning', async () => {
  const log = new TestLog();
  const file = newFile();
  log.append(1, 2, 3);
  const before = view(log, sums({ file }));
  await before.upTo(2);
  await before.stop();
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith('.new')),
    [],
  );
  log.append(4);
  await using now = view(log, sums({ file }));
  assert.deepEqual(await now.upTo(3), [10]);
  assert.deepEqual(log.begun, [0, 3]);
});

test('a state may have maps, dates and bytes, and comes back as it was', async () => {
  const log = new TestLog();
  const file = newFile();
  const state = { map: new Map([['a', new Set([1n])]]), at: new Date(5), bytes: new Uint8Array([1, 2]), nothing: undefined, not: NaN };
  const options: ViewOptions<typeof state> = { initial: state, apply: () => undefined, file };
  log.append(1);
  const before = view(log, options);
  await before.upTo(0);
  assert.notEqual(before.state, state);
  await before.stop();
  await using now = view(log, { ...options, initial: { ...state, map: new Map() } });
  await now.upTo(0);
  assert.deepEqual(now.state, state);
});

test('the file is written while the view runs, every so many entries, with a state and a place of one moment', async () => {
  const log = new TestLog();
  const file = newFile();
  await using sum = view(log, sums({ file, every: 10 }));
  // Writing takes a while, and the view does not wait for it.
  do {
    await sum.upTo(log.append(...Array.from({ length: 10 }, () => 1)));
    const other = view(log, sums({ file: copyOf(file) }));
    assert.deepEqual(await other.upTo(sum.offset - 1), [sum.offset]);
    await other.stop();
  } while (log.begun.at(-1) === 0);
});

/** A crash at this moment leaves this. */
function copyOf(file: string): string {
  const copy = newFile();
  if (readdirSync(folder).some((name) => file.endsWith(`/${name}`))) writeFileSync(copy, readFileSync(file));
  return copy;
}

test('an error in apply ends the view at that entry, says which, and leaves the file as it was', async () => {
  const log = new TestLog();
  const file = newFile();
  log.append(1);
  const first = view(log, sums({ file }));
  await first.upTo(0);
  await first.stop();
  const kept = readFileSync(file);
  const cause = new Error('not a number');
  const failing = sums({
    file,
    every: 1,
    apply: (sum, { message, offset }) => {
      if (offset === 2) throw cause;
      sum[0] = (sum[0] ?? 0) + message;
    },
  });
  log.append(2);
  const second = view(log, { ...failing, every: 1000 });
  const waiting = second.upTo(3);
  log.append(3, 4);
  await assert.rejects(waiting, (error: unknown) => {
    assert.ok(error instanceof ViewError);
    assert.deepEqual([error.code, error.offset, error.cause], ['apply-failed', 2, cause]);
    assert.match(error.message, /at entry 2: not a number/);
    return true;
  });
  assert.deepEqual(
    [second.state, second.offset, await codeOf(second.failed), await codeOf(second.upTo(2))],
    [[3], 2, 'apply-failed', 'apply-failed'],
  );
  assert.deepEqual(await second.upTo(1), [3]);
  await second.stop();
  assert.deepEqual(readFileSync(file), kept);
});

test('a file that is damaged, of another log or no checkpoint at all is refused, and stays as it is', async () => {
  const log = new TestLog();
  const file = newFile();
  log.append(1, 2);
  const first = view(log, sums({ file }));
  await first.upTo(1);
  await first.stop();
  const good = readFileSync(file);
  const refused = async (bytes: Uint8Array): Promise<unknown> => {
    writeFileSync(file, bytes);
    const second = view(log, sums({ file }));
    const [code, waiting] = await Promise.all([codeOf(second.failed), codeOf(second.upTo(0))]);
    assert.equal(waiting, code);
    await second.stop();
    assert.deepEqual(readFileSync(file), Buffer.from(bytes));
    return code;
  };
  for (let at = 0; at < good.length; at += 1) {
    const flipped = Buffer.from(good);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    assert.equal(await refused(flipped), 'checkpoint-damaged', `byte ${at}`);
    assert.equal(await refused(good.subarray(0, at)), 'checkpoint-damaged', `cut at ${at}`);
  }
  assert.equal(await refused(Buffer.from('{"my":"settings"}\n')), 'checkpoint-damaged');
  log.cluster = 'log-2';
  assert.equal(await refused(good), 'other-log');
});

test('a view whose place was trimmed fails with it, or begins anew if it is told to', async () => {
  const log = new TestLog();
  const file = newFile();
  log.append(1, 2, 3);
  const before = view(log, sums({ file }));
  await before.upTo(2);
  await before.stop();
  log.append(4, 5, 6);
  log.trim(5);
  const failed = view(log, sums({ file }));
  assert.equal(await codeOf(failed.failed), 'trimmed');
  await failed.stop();
  await using anew = view(log, sums({ file, onTrimmed: 'restart' }));
  assert.deepEqual(await anew.upTo(5), [6]);
  log.append(7);
  log.trim(7);
  assert.deepEqual([await anew.upTo(6), anew.offset], [[0], 7]);
  assert.deepEqual(await anew.upTo(log.append(8)), [8]);
});

test('a view of a log that was trimmed before does not pass over what is gone', async () => {
  const log = new TestLog();
  log.append(1, 2, 3);
  log.trim(2);
  assert.equal(await codeOf(view(log, sums()).failed), 'trimmed');
});

test('waiting for an entry ends with its time, its signal, or the view', async () => {
  const log = new TestLog();
  const sum = view(log, sums());
  await assert.rejects(sum.upTo(5, { timeoutMs: 1 }), { code: 'behind', offset: 5 });
  const gone = new AbortController();
  const waiting = sum.upTo(0, { signal: gone.signal });
  gone.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(sum.upTo(0, { signal: gone.signal }), /enough/);
  const last = codeOf(sum.upTo(0, { timeoutMs: Infinity }));
  await sum.stop();
  assert.deepEqual([await last, await codeOf(sum.upTo(0))], ['stopped', 'stopped']);
  await assert.rejects(sum.upTo(-1), RangeError);
  await assert.rejects(sum.upTo(0, { timeoutMs: 0 }), RangeError);
});

test('stop waits for an apply that runs, and what it did is in the file', async () => {
  const log = new TestLog();
  const file = newFile();
  const { promise, resolve } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const slow = sums({
    file,
    apply: async (sum, { message }) => {
      begin();
      await promise;
      sum[0] = (sum[0] ?? 0) + message;
    },
  });
  log.append(5);
  const sum = view(log, slow);
  await begun;
  const stopped = sum.stop();
  resolve();
  await stopped;
  await using now = view(log, sums({ file }));
  assert.deepEqual(await now.upTo(0), [5]);
  assert.deepEqual(log.begun, [0, 1]);
});

test('an apply that fails while the view stops is told, and what it left half done is not in the file', async () => {
  const log = new TestLog();
  const file = newFile();
  const before = view(log, sums({ file }));
  await before.upTo(log.append(1));
  await before.stop();
  const { promise, reject } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const failing = sums({
    file,
    apply: async (sum, { message }) => {
      sum[0] = (sum[0] ?? 0) + message;
      begin();
      await promise;
    },
  });
  log.append(5);
  const sum = view(log, failing);
  await begun;
  const stopped = sum.stop();
  reject(new Error('the other system is gone'));
  await assert.rejects(stopped, { code: 'apply-failed', offset: 1 });
  await using now = view(log, sums({ file }));
  assert.deepEqual(await now.upTo(1), [6]);
});

test('a file that cannot be written ends the view, or is reported and tried again', async () => {
  const log = new TestLog();
  const file = join(folder, 'no-such-folder', 'a.view');
  const ended = view(log, sums({ file, every: 1 }));
  log.append(1);
  assert.equal(await codeOf(ended.failed), 'checkpoint-failed');
  const errors: ViewError[] = [];
  const going = view(log, sums({ file, every: 1, onCheckpointFailed: (error) => errors.push(error) }));
  await going.upTo(0);
  while (errors.length < 1) await new Promise((resolve) => setImmediate(resolve));
  await going.upTo(log.append(2));
  while (errors.length < 2) await new Promise((resolve) => setImmediate(resolve));
  const [{ code, cause }] = errors as [ViewError];
  assert.deepEqual([going.state, code, (cause as NodeJS.ErrnoException).code], [[3], 'checkpoint-failed', 'ENOENT']);
  await assert.rejects(going.stop(), { code: 'checkpoint-failed' });
});

test('a view with a file waits until the log has an id', async () => {
  const log = new TestLog();
  log.cluster = null;
  const file = newFile();
  const sum: View<number[]> = view(log, sums({ file }));
  const read = sum.upTo(log.append(1));
  log.cluster = 'log-9';
  assert.deepEqual(await read, [1]);
  await sum.stop();
  assert.match(readFileSync(file, 'latin1'), /^rlog-view 1 [0-9a-f]{8}\n\{"log":"log-9","offset":1\}\n/);
});

test('options that are wrong are refused before anything is done', () => {
  const log = new TestLog();
  const wrong =
    (options: object): (() => unknown) =>
    (): unknown =>
      view(log, { ...sums(), ...options });
  for (const options of [{ apply: 1 }, { file: 5 }, { file: '' }, { fil: 'x' }, { onCheckpointFailed: true }])
    assert.throws(wrong(options), TypeError);
  for (const options of [{ every: 0 }, { every: 1.5 }, { onTrimmed: 'skip' }]) assert.throws(wrong(options), RangeError);
  assert.throws(() => view(log, { apply: () => 1 } as unknown as ViewOptions<number>), TypeError);
  assert.throws(wrong({ initial: () => 1 }), { name: 'DataCloneError' });
  assert.deepEqual(log.begun, []);
});
