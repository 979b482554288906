import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppendRow } from './append-row-model.ts';
import { OtherTexts } from './other-texts.ts';

function answered(id: number, changed: Partial<AppendRow> = {}): AppendRow {
  const row = { id, isOwn: false, state: 'answered', messages: [], nodeId: 'n1', answer: { offset: id, w: 1, acks: 1 } };
  return { ...row, ...changed } as unknown as AppendRow;
}

/** Rows get no text here: what is asked for twice is seen. */
class Stand {
  readonly done: string[] = [];
  readonly failing = new Set<number>();
  onPause: (() => void) | undefined;
  readonly texts = new OtherTexts({
    read: (nodeId, offset) => {
      this.done.push(`read ${nodeId} ${offset}`);
      return this.failing.has(offset) ? Promise.reject(new Error('gone')) : Promise.resolve(`"${'x'.repeat(offset)}"`);
    },
    others: { setText: (id, text) => void this.done.push(`${id} is ${text.length} long`) },
    told: () => void this.done.push('told'),
    pause: () => {
      this.done.push('pause');
      this.onPause?.();
      return Promise.resolve();
    },
  });
}

test('texts are read one after the other, with a pause after each, and once', async () => {
  const stand = new Stand();
  stand.failing.add(2);
  const rows = [answered(3), answered(2), answered(900)];
  await Promise.all([stand.texts.want(rows), stand.texts.want(rows), stand.texts.want(rows)]);
  await stand.texts.want(rows);
  assert.deepEqual(stand.done, [
    'read n1 3',
    '3 is 5 long',
    'told',
    'pause',
    'read n1 2',
    'pause',
    'read n1 900',
    '900 is 201 long',
    'told',
    'pause',
  ]);
});

test('only what can be read is read, and of that only what is new', async () => {
  const stand = new Stand();
  const old = Array.from({ length: 11 }, (_, index) => answered(100 - index, { messages: ['"known"'] }));
  await stand.texts.want([answered(5, { state: 'under way' }), ...old, answered(6)]);
  await stand.texts.want([answered(5, { isOwn: true })]);
  assert.deepEqual(stand.done, []);
});

test('what is not shown any more is not read', async () => {
  const stand = new Stand();
  stand.onPause = () => void stand.texts.want([answered(9)]);
  await stand.texts.want([answered(1), answered(2)]);
  assert.deepEqual(
    stand.done.filter((text) => text.startsWith('read')),
    ['read n1 1', 'read n1 9'],
  );
});

test('what has left the rows is not remembered', async () => {
  const stand = new Stand();
  await stand.texts.want([answered(1)]);
  await stand.texts.want([]);
  await stand.texts.want([answered(1)]);
  assert.equal(stand.done.filter((text) => text === 'read n1 1').length, 2);
});
