/** One of each peer message, and batches with everything that a batch can have: the contract test encodes them. */

import {
  batchNumber,
  clusterId,
  epoch,
  incarnation,
  logAge,
  nodeId,
  offset,
  storageId,
  timestampMs,
} from '../../src/core/model/numbers.ts';
import type { Batch } from '../../src/core/model/batch.ts';
import type { PeerMessage } from '../../src/core/model/messages.ts';
import { encodeBatch } from '../../src/protocol/batch-codec.ts';
import { packMessages } from '../../src/protocol/packed-messages.ts';

const header = {
  epoch: epoch(7),
  number: batchNumber(40),
  baseOffset: offset(1000),
  timestamp: timestampMs(1_700_000_000_000),
  age: logAge(9),
  committedEnd: offset(999),
  requestIds: [],
};

function entries(): Batch {
  const key = { fingerprint: new Uint8Array(16).fill(1), digest: new Uint8Array(16).fill(2), entryCount: 2 };
  const keyed = { messages: packMessages([Buffer.from('"a"'), Buffer.from('{"b":1}')]), key };
  const bare = { messages: packMessages([Buffer.from('null')]), key: undefined };
  const keys = [{ ...key, offset: header.baseOffset }];
  return encodeBatch({ ...header, entryCount: 3, isMarker: false, memberList: undefined, keys }, [keyed, bare]);
}

function marker(): Batch {
  const memberList = {
    members: [
      { id: nodeId('m'), storageId: storageId('s'), url: 'http://m:1', since: batchNumber(0) },
      { id: nodeId('a'), storageId: null, url: 'http://a:1', since: batchNumber(3) },
    ],
    removed: [nodeId('gone')],
    founder: nodeId('m'),
  };
  return encodeBatch({ ...header, entryCount: 0, isMarker: true, memberList, keys: [] }, []);
}

export const batchSamples = { entries: entries(), marker: marker() } as const;

const point = { number: batchNumber(4), offset: offset(11) };
const shape = { starts: [{ epoch: epoch(2), number: batchNumber(0), offset: offset(0) }], end: point };
const tip = { epoch: epoch(2), number: batchNumber(3) };
const batch = batchSamples.entries;

type Samples = { readonly [Kind in PeerMessage['kind']]: Extract<PeerMessage, { readonly kind: Kind }> };

/** If a new kind is missing here, the type checker says so. */
export const messageSamples: Samples = {
  hello: {
    kind: 'hello',
    epoch: epoch(3),
    id: nodeId('s1'),
    storageId: storageId('x'),
    incarnation: incarnation('i'),
    url: 'http://s1:1',
    clusterId: clusterId('c'),
    hasMessages: true,
    memberIds: [nodeId('m'), nodeId('s1')],
    delayMs: 1500,
    wallClock: timestampMs(1_700_000_000_000),
  },
  requestPromise: { kind: 'requestPromise', epoch: epoch(4) },
  promise: { kind: 'promise', epoch: epoch(4), tip, clusterId: clusterId('c') },
  refuse: {
    kind: 'refuse',
    epoch: epoch(5),
    reason: 'epoch',
    leader: { id: nodeId('m'), url: 'http://m:1', epoch: epoch(5) },
    clusterId: clusterId('c'),
  },
  fetch: { kind: 'fetch', epoch: epoch(5), shape },
  fetchMatch: { kind: 'fetchMatch', epoch: epoch(5), point, end: point },
  fetchNext: { kind: 'fetchNext', epoch: epoch(5), number: batchNumber(4) },
  fetched: { kind: 'fetched', epoch: epoch(5), batch },
  fetchChunkEnd: { kind: 'fetchChunkEnd', epoch: epoch(5), end: batchNumber(4) },
  lead: { kind: 'lead', epoch: epoch(5), clusterId: clusterId('c'), memberIds: [nodeId('m'), nodeId('s1')], remembersForwards: true },
  following: { kind: 'following', epoch: epoch(5), shape },
  match: { kind: 'match', epoch: epoch(5), point },
  replicate: { kind: 'replicate', epoch: epoch(9), batch },
  acknowledge: { kind: 'acknowledge', epoch: epoch(5), tip, durableEnd: offset(11) },
  heartbeat: { kind: 'heartbeat', epoch: epoch(5), sequence: 9, committedEnd: offset(8), remembersForwards: true },
  heartbeatAnswer: {
    kind: 'heartbeatAnswer',
    epoch: epoch(5),
    sequence: 9,
    canStore: false,
    wallClock: timestampMs(1_700_000_000_001),
  },
  askCheckpoint: { kind: 'askCheckpoint', epoch: epoch(5), base: batchNumber(4), position: 1024 },
  checkpointPart: {
    kind: 'checkpointPart',
    epoch: epoch(5),
    base: batchNumber(4),
    position: 1024,
    total: 1029,
    bytes: Buffer.from('abcde'),
  },
  readRequest: { kind: 'readRequest', epoch: epoch(5), readId: 12 },
  poll: { kind: 'poll', epoch: epoch(4), round: 3, tip, priority: 1 },
  pollAnswer: {
    kind: 'pollAnswer',
    epoch: epoch(4),
    round: 3,
    refusal: 'hears-leader',
    tip,
    canLead: true,
    priority: 1,
    leader: { id: nodeId('m'), url: 'http://m:1', epoch: epoch(4) },
  },
  yourTurn: { kind: 'yourTurn', epoch: epoch(4), round: 3 },
  resign: { kind: 'resign', epoch: epoch(4) },
  askHandOver: { kind: 'askHandOver', epoch: epoch(4) },
  takeOver: { kind: 'takeOver', epoch: epoch(4) },
  keepLead: { kind: 'keepLead', epoch: epoch(4), why: 'it did not hold the whole log in time' },
  declineLead: { kind: 'declineLead', epoch: epoch(4), why: 'it is no member' },
  readAnswer: { kind: 'readAnswer', epoch: epoch(5), readId: 12, end: offset(8), firstOffset: offset(3) },
};
