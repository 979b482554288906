import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplicaEvent } from '../core/model/events.ts';
import { epoch, instantMs, nodeId, timestampMs } from '../core/model/numbers.ts';
import { PeerLinks } from './peer-links.ts';
import type { PeerStream } from '../ports/ports.ts';
import { encodeMessage } from '../protocol/message-codec.ts';

test('part of a message is reported before the message is complete', () => {
  const reported: ReplicaEvent['kind'][] = [];
  const links = new PeerLinks({
    clock: { now: () => instantMs(0), wallClock: () => timestampMs(0), after: () => () => undefined, soon: () => undefined },
    network: { dial: () => Promise.reject(new Error('nobody')), register: () => Promise.resolve('unreached' as const) },
    delayMs: 0,
    masterUrls: [],
    self: { id: nodeId('n0'), url: 'http://n0:1' },
    clusterId: () => null,
    report: (event) => reported.push(event.kind),
    emit: () => undefined,
    isStopped: () => false,
  });
  let receive: (chunk: Buffer) => void = () => undefined;
  const stream: PeerStream = { send: () => undefined, close: () => undefined, handle: ({ received }) => (receive = received) };
  links.accept(stream);
  const bytes = Buffer.concat(encodeMessage({ kind: 'requestPromise', epoch: epoch(3) }));
  receive(bytes.subarray(0, 7));
  receive(bytes.subarray(7, 17));
  receive(bytes.subarray(17));
  assert.deepEqual(reported, ['streamAccepted', 'bytesReceived', 'bytesReceived', 'messageReceived']);
});
