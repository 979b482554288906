import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { LogEntry } from './log-entry.ts';
import { EntryLoader } from './entry-loader.ts';
import type { PageRequest } from './entry-loader.ts';

interface Asked extends PageRequest {
  readonly answer: (end?: number) => Promise<void>;
  readonly fail: (error: Error) => Promise<void>;
}

let asked: Asked[] = [];
let loader = loaderOf();
let { timers } = mock;

function loaderOf(): EntryLoader {
  const read = (request: PageRequest): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const answer = async (end = request.end): Promise<void> => {
      for (let offset = request.start; offset < end; offset++) request.onEntry(entry(offset));
      resolve();
      await settled();
    };
    const fail = async (error: Error): Promise<void> => {
      reject(error);
      await settled();
    };
    asked.push({ ...request, answer, fail });
    return promise;
  };
  return new EntryLoader({ read, onChange: () => undefined });
}

function entry(offset: number): LogEntry {
  return { offset, epoch: 1, timestampMs: 0, text: String(offset), textLength: 1 };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}

/** @returns the ranges that were asked for since the last call */
function ranges(): string[] {
  return asked.map(({ nodeId, start, end }) => `${nodeId} ${start}+${end - start}`);
}

/** Not a hook of the file: those of all files would run around the tests of all others in the process. */
function testLoader(name: string, run: () => Promise<void> | void): void {
  test(name, async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    timers = t.mock.timers;
    asked = [];
    loader = loaderOf();
    try {
      await run();
    } finally {
      loader.stop();
    }
  });
}

testLoader('the pages that are looked at are read, and no further than the log goes', async () => {
  loader.load([{ nodeId: 'a', start: 390, end: 420, visibleEnd: 430 }]);
  assert.deepEqual(ranges(), []);
  timers.tick(50);
  assert.deepEqual(ranges(), ['a 200+200', 'a 400+30']);
  await asked[0]?.answer();
  await asked[1]?.answer();
  assert.equal(loader.cacheOf('a').entryCount, 230);
});

testLoader('places that are only passed are not read', () => {
  for (let start = 0; start < 1_000_000; start += 10_000) loader.load([{ nodeId: 'a', start, end: start + 30, visibleEnd: 1_000_000 }]);
  timers.tick(50);
  assert.deepEqual(ranges(), ['a 990000+200']);
});

testLoader('what is no longer looked at is given up', () => {
  loader.load([{ nodeId: 'a', start: 0, end: 30, visibleEnd: 10_000 }]);
  timers.tick(50);
  loader.load([{ nodeId: 'a', start: 5000, end: 5030, visibleEnd: 10_000 }]);
  timers.tick(50);
  assert.equal(asked[0]?.signal.aborted, true);
  assert.equal(asked[1]?.signal.aborted, false);
});

testLoader('at most two requests are under way', async () => {
  loader.load(['a', 'b', 'c'].map((nodeId) => ({ nodeId, start: 0, end: 30, visibleEnd: 30 })));
  timers.tick(50);
  assert.deepEqual(ranges(), ['a 0+30', 'b 0+30']);
  await asked[0]?.answer();
  timers.tick(0);
  assert.deepEqual(ranges(), ['a 0+30', 'b 0+30', 'c 0+30']);
});

testLoader('of a log that grows only what is new is read', async () => {
  loader.load([{ nodeId: 'a', start: 0, end: 10, visibleEnd: 10 }]);
  timers.tick(50);
  await asked[0]?.answer();
  loader.load([{ nodeId: 'a', start: 2, end: 12, visibleEnd: 12 }]);
  timers.tick(50);
  assert.deepEqual(ranges(), ['a 0+10', 'a 10+2']);
});

testLoader('what failed is tried again later, and why is known meanwhile', async () => {
  loader.load([{ nodeId: 'a', start: 0, end: 10, visibleEnd: 10 }]);
  timers.tick(50);
  const problem = new Error('no connection');
  await asked[0]?.fail(problem);
  assert.equal(loader.problemOf('a'), problem);
  timers.tick(0);
  assert.equal(asked.length, 1);
});

testLoader('an answer from before a cut is not taken', async () => {
  loader.load([{ nodeId: 'a', start: 0, end: 10, visibleEnd: 10 }]);
  timers.tick(50);
  loader.cut('a', 5);
  await asked[0]?.answer();
  assert.equal(loader.cacheOf('a').entryCount, 0);
});
