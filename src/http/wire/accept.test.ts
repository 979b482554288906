import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preferred } from './accept.ts';
import { pageOrMessages } from './representations.ts';

const choice = (accept: string | undefined): string | undefined => preferred(accept, pageOrMessages);

test('the type that is named first wins, and JSON if none is named', () => {
  assert.equal(choice(undefined), 'json');
  assert.equal(choice(''), 'json');
  assert.equal(choice('*/*'), 'json');
  assert.equal(choice('application/*'), 'json');
  assert.equal(choice('application/x-ndjson, application/json'), 'ndjson');
  assert.equal(choice('Text/Event-Stream; charset=utf-8'), 'events');
  assert.equal(choice('text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8'), 'page');
});

test('weights count, and a weight of zero excludes a type', () => {
  assert.equal(choice('text/html;q=0.5, application/json'), 'json');
  assert.equal(choice('text/event-stream;q=0.1, application/x-ndjson;q=0.2'), 'ndjson');
  assert.equal(choice('*/*, application/json;q=0.1'), 'ndjson');
  assert.equal(choice('application/json;q=0, */*'), 'ndjson');
  assert.equal(choice('application/json;q=0'), undefined);
  assert.equal(choice('image/png'), undefined);
});

test('a wildcard never selects an event stream', () => {
  assert.equal(choice('*/*, application/json;q=0, application/x-ndjson;q=0'), undefined);
  assert.equal(choice('text/*'), 'page');
});
