import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PromiseGiven } from '../model/messages.ts';
import { batchNumber, clusterId, epoch, nodeId, storageId, streamId } from '../model/numbers.ts';
import type { ClusterId } from '../model/numbers.ts';
import type { Place } from '../model/place.ts';
import { Ballot } from './ballot.ts';
import type { PromisingPeer } from './ballot.ts';

const ours = clusterId('ours');
const theirs = clusterId('theirs');

type Writable = { -readonly [K in keyof PromisingPeer]: PromisingPeer[K] };

/** A node that has said hello. */
function peerOf(url: string, of: { readonly clusterId?: ClusterId | null; readonly hasMessages?: boolean } = {}): Writable {
  const { clusterId: cluster = ours, hasMessages = true } = of;
  const hello = { clusterId: cluster, hasMessages } as NonNullable<PromisingPeer['hello']>; // A ballot looks at nothing else in it.
  return { url, stream: streamId(1), hello };
}

function place(inEpoch: number, number: number): Place {
  return { epoch: epoch(inEpoch), number: batchNumber(number) };
}

function promise(tip: Place, cluster: ClusterId | null = ours): PromiseGiven {
  return { kind: 'promise', epoch: epoch(9), clusterId: cluster, tip };
}

function who(name: string): { id: ReturnType<typeof nodeId>; storageId: ReturnType<typeof storageId> } {
  return { id: nodeId(name), storageId: storageId(`storage of ${name}`) };
}

test('among the nodes that can be reached, the most advanced log is the one of the newest epoch, then the longest', () => {
  const ballot = new Ballot<PromisingPeer>();
  const [long, recent, away] = [peerOf('long'), peerOf('recent'), peerOf('away')];
  ballot.count(long, who('a'), promise(place(1, 90)));
  ballot.count(recent, who('b'), promise(place(2, 50)));
  ballot.count(away, who('c'), promise(place(3, 60)));
  away.stream = undefined;
  assert.equal(ballot.mostAdvanced(ours, place(1, 80))?.peer, recent);
  assert.equal(ballot.mostAdvanced(ours, place(2, 50)), undefined, 'no log goes beyond it');
  assert.equal(ballot.mostAdvanced(theirs, place(1, 0)), undefined);
});

test('a node that moved to another address counts once, with its latest promise', () => {
  const ballot = new Ballot<PromisingPeer>();
  const [before, after] = [peerOf('before'), peerOf('after')];
  ballot.count(before, who('a'), promise(place(1, 5)));
  ballot.count(after, who('a'), promise(place(1, 6)));
  assert.equal(ballot.has(before), false);
  const counted = ballot.counted({ clusterId: ours, tip: place(1, 9) });
  assert.deepEqual(
    counted.map(({ url }) => url),
    ['after'],
  );
});

test('a node that is ahead does not count; a node of another cluster counts only if that cluster has no messages', () => {
  const ballot = new Ballot<PromisingPeer>();
  ballot.count(peerOf('behind'), who('a'), promise(place(1, 3)));
  ballot.count(peerOf('ahead'), who('b'), promise(place(1, 4)));
  ballot.count(peerOf('blank', { clusterId: null, hasMessages: false }), who('c'), promise(place(0, -1), null));
  ballot.count(peerOf('empty', { clusterId: theirs, hasMessages: false }), who('d'), promise(place(1, 0), theirs));
  ballot.count(peerOf('elsewhere', { clusterId: theirs }), who('e'), promise(place(1, 0), theirs));
  const counted = ballot.counted({ clusterId: ours, tip: place(1, 3) });
  assert.deepEqual(
    counted.map(({ url }) => url),
    ['behind', 'blank', 'empty'],
  );
});

test('a candidate without a log recovers the one cluster that has messages, once a node of it has promised', () => {
  const ballot = new Ballot<PromisingPeer>();
  const [remembering, other] = [peerOf('remembering'), peerOf('other', { clusterId: theirs })];
  assert.deepEqual(ballot.clusterToRecover(null, []), { clusterId: null });
  assert.deepEqual(ballot.clusterToRecover(null, [remembering]), { undecided: 'a node that remembers has not promised yet', facts: {} });
  ballot.count(remembering, who('a'), promise(place(1, 3)));
  assert.deepEqual(ballot.clusterToRecover(null, [remembering]), { clusterId: ours });
  assert.deepEqual(ballot.clusterToRecover(null, [remembering, other]), {
    undecided: 'nodes of several clusters answer',
    facts: { clusters: [ours, theirs] },
  });
  assert.deepEqual(ballot.clusterToRecover(theirs, [remembering, other]), { clusterId: theirs }, 'its own cluster, if it has one');
});
