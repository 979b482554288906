import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeView } from '../data/types.ts';
import { EpochSpans, epochStarts } from './epoch-spans.ts';

function leads(id: string, epoch: number) {
  const leader = { id, index: Number(id.slice(1)) - 1, health: { epoch } } as unknown as NodeView;
  return { connection: 'open', leader } as const;
}

const nobody = { connection: 'open', leader: undefined } as const;

test('a change of leader is an epoch that ends, a time without leader, and one that begins', () => {
  const spans = new EpochSpans();
  spans.take({ connection: 'connecting', leader: undefined }, 0);
  spans.take(leads('n1', 1), 100);
  spans.take(leads('n1', 1), 900);
  spans.take(nobody, 1000);
  spans.take(leads('n2', 3), 2300);
  assert.deepEqual(
    spans.all.map(({ kind, leaderId, epoch, start }) => [kind, leaderId, epoch, start]),
    [
      ['led', 'n1', 1, 100],
      ['leaderless', undefined, undefined, 1000],
      ['led', 'n2', 3, 2300],
    ],
  );
  assert.deepEqual(epochStarts(spans.all), [{ at: 2300, epoch: 3, leaderId: 'n2', leaderlessMs: 1300 }]);
});

test('a leader that is handed over to leaves no gap, and one that was only not heard begins no epoch', () => {
  const spans = new EpochSpans();
  spans.take(leads('n1', 1), 0);
  spans.take(leads('n2', 2), 10);
  spans.take({ connection: 'lost', leader: undefined }, 20);
  spans.take(leads('n2', 2), 30);
  assert.deepEqual(epochStarts(spans.all), [{ at: 10, epoch: 2, leaderId: 'n2', leaderlessMs: undefined }]);
  assert.equal(spans.all.at(-2)?.kind, 'unheard');
});

test('a page that is open for days keeps a bounded number of them', () => {
  const spans = new EpochSpans();
  for (let epoch = 1; epoch < 1000; epoch += 1) spans.take(leads('n1', epoch), epoch);
  assert.equal(spans.all.length, 200);
  assert.equal(spans.all.at(-1)?.epoch, 999);
});
