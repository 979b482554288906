import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EventParser } from './event-stream-parser.ts';
import type { ServerEvent } from './event-stream-parser.ts';

const stream = [
  '\uFEFFretry: 1000\n\n',
  'id: 1:7\ndata: {"offset":7,"message":"a: b"}\n\n',
  ':\n\n: a comment\r\n\r\n',
  'data:first\rdata: second\r\n\r\n',
  'event: end\nid: 9\ndata: {}\n\n',
  'data\n\n',
  'id: 10\n\n',
  'unknown: x\ndata:  kept\n\n',
  'data: never finished\n',
].join('');

const events: ServerEvent[] = [
  { type: 'message', data: '{"offset":7,"message":"a: b"}', id: '1:7' },
  { type: 'message', data: 'first\nsecond', id: '1:7' },
  { type: 'end', data: '{}', id: '9' },
  { type: 'message', data: '', id: '9' },
  { type: 'message', data: ' kept', id: '10' },
];

test('the same events are parsed wherever the pieces of a stream end', () => {
  assert.deepEqual(new EventParser().push(stream), events);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: stream.length })), (cuts) => {
      const parser = new EventParser();
      const ends = [...cuts.toSorted((a, b) => a - b), stream.length];
      let start = 0;
      const heard = ends.flatMap((end) => {
        const piece = stream.slice(start, end);
        start = end;
        return parser.push(piece);
      });
      assert.deepEqual(heard, events);
    }),
  );
});
