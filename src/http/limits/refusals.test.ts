import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusals } from './refusals.ts';

test('every refusal counts, and a line a minute says how many there were', () => {
  const lines: object[] = [];
  let now = 0;
  const refusals = new Refusals(
    (facts) => lines.push(facts),
    () => now,
  );
  for (now = 0; now < 150_000; now += 1000) refusals.count('CONNECTIONS_MAX', { max: 7 });
  refusals.count('CONNECTIONS_PER_ADDRESS_MAX', { max: 3, address: '10.0.0.9' });
  assert.deepEqual(lines, [
    { limit: 'CONNECTIONS_MAX', max: 7, refused: 1 },
    { limit: 'CONNECTIONS_MAX', max: 7, refused: 60 },
    { limit: 'CONNECTIONS_MAX', max: 7, refused: 60 },
    { limit: 'CONNECTIONS_PER_ADDRESS_MAX', max: 3, address: '10.0.0.9', refused: 1 },
  ]);
  assert.deepEqual([refusals.counts.get('CONNECTIONS_MAX'), refusals.counts.get('CONNECTIONS_PER_ADDRESS_MAX')], [150, 1]);
});
