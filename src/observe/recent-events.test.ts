import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentEvents } from './recent-events.ts';

test('an event that repeats does not push out one that does not', () => {
  const recent = new RecentEvents();
  recent.add(0, { level: 'info', event: 'epoch.began', facts: { epoch: 1 } });
  for (let at = 1; at <= 1000; at += 1) recent.add(at, { level: 'info', event: 'poll.started', facts: { round: at } });
  const events = recent.all();
  assert.deepEqual([events.length, events[0]?.event, events[1]?.at, events.at(-1)?.at], [51, 'epoch.began', 951, 1000]);
});

test('among events of many names, the last 300 are kept', () => {
  const recent = new RecentEvents();
  for (let at = 0; at < 1000; at += 1) recent.add(at, { level: 'info', event: `name.${at % 100}`, facts: {} });
  assert.deepEqual([recent.all().length, recent.all()[0]?.at], [300, 700]);
});

test('a name from another node cannot act on a terminal', () => {
  const { facts } = new RecentEvents().add(0, { level: 'warn', event: 'address.taken', facts: { found: 'a\u001b[31m' } });
  assert.ok(!String(facts['found']).includes('\u001b'));
});
