import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Narrator } from './narrator.ts';
import { down, viewOf } from './views.test-support.ts';

const staticIds = ['master', 'secondary1', 'secondary2'];

function begun(view = viewOf({ leader: 'n1' })): Narrator {
  const narrator = new Narrator('npm start -- --ha');
  narrator.looked(view, 0);
  return narrator;
}

test('the narrator says once that the log takes appends', () => {
  const narrator = new Narrator('npm start -- --ha');
  assert.deepEqual(narrator.looked(viewOf({}), 0), { sentences: [], newLeader: undefined });
  const seen = narrator.looked(viewOf({ leader: 'n1' }), 100);
  assert.deepEqual(seen.sentences, ['n1 leads, in epoch 1: the log takes appends.']);
  assert.equal(seen.newLeader?.id, 'n1');
  assert.deepEqual(narrator.looked(viewOf({ leader: 'n1' }), 200), { sentences: [], newLeader: undefined });
});

test('after a leader of equal nodes is killed, the narrator says who leads, after how long and in which epoch, and when the node is back', () => {
  const narrator = begun();
  assert.deepEqual(narrator.happened({ kind: 'killed', node: 'n1' }, viewOf({ leader: 'n1' }), 1000), [
    'n1 was killed (kill -9). It was the leader: the others now elect a new one.',
  ]);
  assert.deepEqual(
    narrator.happened({ kind: 'ended', node: 'n1', why: 'SIGKILL', isExpected: false }, viewOf({ but: { n1: down } }), 1010),
    [],
  );
  assert.deepEqual(narrator.looked(viewOf({ but: { n1: down } }), 1200).sentences, []);
  const seen = narrator.looked(viewOf({ leader: 'n3', epoch: 2, but: { n1: down } }), 1412);
  assert.deepEqual(seen.sentences, ['n3 leads now, 412 ms after n1 was gone, in epoch 2.']);
  assert.equal(seen.newLeader?.id, 'n3');
  narrator.happened({ kind: 'started', node: 'n1', pid: 2, isFirst: false }, viewOf({ leader: 'n3', epoch: 2 }), 5000);
  assert.deepEqual(
    narrator.looked(viewOf({ leader: 'n3', epoch: 2, but: { n1: { isStarting: true } } }), 5001).sentences,
    [],
    'what n3 knew is old',
  );
  assert.deepEqual(narrator.looked(viewOf({ leader: 'n3', epoch: 2 }), 5300).sentences, [
    'n1 is back, and has caught up with n3 within 300 ms.',
  ]);
});

test('when a follower is killed, only appends with w=all wait, and the narrator names its key', () => {
  const said = begun().happened({ kind: 'killed', node: 'n2' }, viewOf({ leader: 'n1' }), 1);
  assert.deepEqual(said, ['n2 was killed (kill -9). Appends with w=all now wait for it: press 2 to start it.']);
});

test('without a majority no append is acknowledged', () => {
  const said = begun().happened({ kind: 'killed', node: 'n2' }, viewOf({ leader: 'n1', but: { n3: down } }), 1);
  assert.deepEqual(said, ['n2 was killed (kill -9). 1 of 3 nodes is no majority, so no append is acknowledged: press 2 to start it.']);
});

test('a killed master is not replaced, and the command that shows a takeover is named once', () => {
  const well = viewOf({ coordinator: 'static', ids: staticIds, leader: 'master' });
  const narrator = begun(well);
  const kill = (): string[] => narrator.happened({ kind: 'killed', node: 'master' }, well, 1000);
  assert.deepEqual(kill(), [
    'master was killed (kill -9). Only the master leads here, so no append is acknowledged until it is back: press 1 to start it. To see another node take over: npm start -- --ha.',
  ]);
  const again = viewOf({ coordinator: 'static', ids: staticIds, leader: 'master', epoch: 2 });
  assert.deepEqual(narrator.looked(again, 3000).sentences, ['master leads again after 2000 ms, in epoch 2.']);
  assert.doesNotMatch(kill()[0] ?? '', /--ha/);
});

test('what the page does to a node is reported, with what follows from it', () => {
  const narrator = begun();
  const view = viewOf({ leader: 'n1', but: { n2: { isPaused: true }, n3: { isCutOff: true } } });
  const [paused] = narrator.happened({ kind: 'paused', node: 'n2' }, viewOf({ leader: 'n1', but: { n2: { isPaused: true } } }), 1);
  assert.match(paused ?? '', /^n2 was paused: .* Appends with w=all now wait for it: resume it on the page\.$/);
  const [cutOff] = narrator.happened({ kind: 'cutOff', node: 'n3' }, view, 2);
  assert.match(cutOff ?? '', /^n3 was cut off .* 1 of 3 nodes is no majority.*: reconnect it on the page\.$/);
  const [slow] = narrator.happened({ kind: 'delayed', node: 'n3', delayMs: 1500, isRunning: true }, view, 3);
  assert.equal(slow, 'n3 now holds each batch for 1.5 s before it stores it.');
});

test('a node that ends by itself is reported with the reason, and a restart for a new delay is not reported', () => {
  const narrator = begun();
  const view = viewOf({ leader: 'n1', but: { n2: down } });
  const [ended] = narrator.happened({ kind: 'ended', node: 'n2', why: 'exit code 1: port 5001 is in use', isExpected: false }, view, 1);
  assert.match(ended ?? '', /^n2 ended \(exit code 1: port 5001 is in use\)\. Appends with w=all/);
  assert.deepEqual(narrator.happened({ kind: 'ended', node: 'n3', why: 'exit code 0', isExpected: true }, view, 2), []);
});

test('after a promotion its answer says who leads, and the acknowledged messages are read back all the same', () => {
  const narrator = begun();
  narrator.promotes('n2');
  const { sentences, newLeader } = narrator.looked(viewOf({ leader: 'n2', epoch: 2 }), 10);
  assert.deepEqual([sentences, newLeader?.id], [[], 'n2']);
  assert.deepEqual(narrator.looked(viewOf({ leader: 'n3', epoch: 3 }), 20).sentences, ['n3 leads now, in epoch 3.']);
});

test('a new log is not reported as a failover', () => {
  const { sentences } = begun().looked(viewOf({ leader: 'n1', cluster: 'another' }), 10);
  assert.match(sentences[0] ?? '', /^n1 leads, in epoch 1 of a new log/);
});
