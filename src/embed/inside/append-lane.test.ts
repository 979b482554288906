import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogError, ProblemCode } from '../../api/problems.ts';
import { identityOf } from '../../core/model/forward-identity.ts';
import { offset, epoch, requestId } from '../../core/model/numbers.ts';
import type { RequestId } from '../../core/model/numbers.ts';
import type { SubmittedAppend } from '../../driver/driver.ts';
import type { AppendReply } from '../../driver/requests.ts';
import { ToldDriver, forwardingNode, hint, neverAnswers, stores, refuses, TestLeader } from '../../http/leader/forwarding.test-support.ts';
import type { Asked } from '../../http/leader/forwarding.test-support.ts';
import { BodyBudget } from '../../http/wire/body-budget.ts';
import { packMessages } from '../../protocol/packed-messages.ts';
import { anyone } from '../../trust/caller.ts';
import { AppendLane } from './append-lane.ts';
import type { LaneNode, Placed } from './append-lane.ts';
import { AppendUnit } from './append-unit.ts';

/** A core that answers when the test says so. */
class LaneDriver extends ToldDriver {
  isSeekingOrLeading = true;
  readonly submitted: { readonly append: SubmittedAppend; readonly answered: (reply: AppendReply) => void }[] = [];
  readonly abandoned: number[] = [];

  submit(append: SubmittedAppend, answered: (reply: AppendReply) => void): RequestId {
    this.submitted.push({ append, answered });
    return requestId(this.submitted.length - 1);
  }

  abandon(id: RequestId): void {
    this.abandoned.push(id);
  }

  store(index: number, at: number): void {
    const entryCount = this.submitted[index]?.append.messages.count ?? 0;
    this.submitted[index]?.answered({
      kind: 'appended',
      requestId: requestId(index),
      offset: offset(at),
      entryCount,
      epoch: epoch(5),
      acks: 2,
    });
  }

  fail(index: number, code: ProblemCode): void {
    this.submitted[index]?.answered({ kind: 'failed', requestId: requestId(index), code, detail: code, facts: {}, placed: undefined });
  }
}

interface Laned extends Disposable {
  readonly lane: AppendLane;
  readonly driver: LaneDriver;
  readonly answers: string[];
  readonly add: (texts: readonly string[], more?: { readonly key?: string; readonly timeoutMs?: number }) => void;
  /** Resolves when there are so many answers. */
  readonly answered: (count: number) => Promise<void>;
}

function laned({ messageBytesMax = 1000 } = {}): Laned {
  const driver = new LaneDriver();
  const answers: string[] = [];
  let onAnswer = (): void => undefined;
  const node = forwardingNode(driver);
  const bodies = new BodyBudget({ bodyBytesMax: 1e6, bytesMax: 1e7, heldElsewhere: () => 0 });
  const config = { ...node.config, serverId: 's1', bodyBytesMax: 1e6, messageBytesMax };
  const said = ({ parts }: AppendUnit, what: string): void => {
    for (const { group, from, counts } of parts) answers.push(`${group}+${from}-${from + counts.length} ${what}`);
    onAnswer();
  };
  const lane = new AppendLane({
    node: { ...node, config, driver, bodies } as unknown as LaneNode,
    caller: anyone,
    stored: (unit: AppendUnit, { offset: at, epoch: of }: Placed) => said(unit, `at ${at} of ${of}`),
    failed: (unit: AppendUnit, { code }: LogError) => said(unit, code),
  });
  let count = 0;
  return {
    lane,
    driver,
    answers,
    add: (texts, { key, timeoutMs = 20_000 } = {}) => {
      const messages = packMessages(texts.map((text) => Buffer.from(text)));
      const deadline = performance.now() + timeoutMs;
      const parts = [{ group: count, from: 0, counts: texts.map(() => 1) }];
      lane.add(new AppendUnit(parts, messages, { w: 'majority', timeoutMs, deadline, key, keys: undefined, trace: undefined }));
      count += 1;
    },
    answered: async (wanted) => {
      while (answers.length < wanted) await new Promise<void>((resolve) => (onAnswer = resolve));
    },
    [Symbol.dispose]: () => node[Symbol.dispose](),
  };
}

const identitiesOf = ({ submitted }: LaneDriver): unknown[] => submitted.map(({ append: { key } }) => key && identityOf(key));
const toldIdentities = (asked: readonly Asked[]): unknown[] => asked.map(({ headers }) => headers['rlog-forward-identity']);

test('at a leader many wait at once, each under an identity of its own or under its key', () => {
  using it = laned();
  it.driver.leader = hint('s1', 'http://s1', 5, true);
  it.add(['1', '2']);
  it.add(['3'], { key: 'k' });
  it.add(['4']);
  assert.deepEqual(identitiesOf(it.driver), [{ forwarder: 7, number: 0 }, undefined, { forwarder: 7, number: 1 }]);
  it.driver.store(0, 10);
  it.driver.store(2, 13);
  it.driver.fail(1, 'key-reused');
  assert.deepEqual(it.answers, ['0+0-2 at 10 of 5', '2+0-1 at 13 of 5', '1+0-1 key-reused']);
});

test('what a deposed leader dropped or may have stored goes to the next one in the order of the calls, under the same identities', async () => {
  using next = await new TestLeader((response) => stores(20 + next.asked.length, 6)(response)).listen();
  using it = laned();
  it.driver.leader = hint('s1', 'http://s1', 5, true);
  for (const text of ['1', '2', '3']) it.add([text]);
  it.driver.isSeekingOrLeading = false;
  it.driver.leader = hint('n2', next.url, 6, true);
  // The second one never got a place, the first one may be stored; one that comes now waits for both.
  it.driver.fail(1, 'not-leader');
  it.add(['4']);
  it.driver.fail(0, 'epoch-ended');
  assert.equal(next.asked.length, 0);
  it.driver.fail(2, 'not-leader');
  await it.answered(4);
  assert.deepEqual(
    next.asked.map(({ body }) => body),
    ['1', '2', '3', '4'].map((text) => `{"message":${text}}`),
  );
  assert.deepEqual(toldIdentities(next.asked), ['7-0', '7-1', '7-2', '7-3']);
  assert.deepEqual(
    it.answers,
    [0, 1, 2, 3].map((group) => `${group}+0-1 at ${21 + group} of 6`),
  );
});

test('what may be stored is not sent to a leader that would not recognise it, and stays unknown when a later leader refuses it', async () => {
  using forgetful = await new TestLeader(stores(1, 6)).listen();
  using full = await new TestLeader(refuses('no-room')).listen();
  using it = laned();
  it.driver.leader = hint('s1', 'http://s1', 5, true);
  it.add(['1']);
  it.driver.isSeekingOrLeading = false;
  it.driver.leader = hint('n2', forgetful.url, 6, false);
  it.driver.fail(0, 'epoch-ended');
  await it.driver.wasLookedAt(2);
  assert.equal(forgetful.asked.length, 0);
  it.driver.leader = hint('n3', full.url, 7, true);
  await it.answered(1);
  assert.deepEqual(it.answers, ['0+0-1 epoch-ended']);
});

test('an append that a leader may have stored without an identity is unknown, and is not tried again', () => {
  using it = laned();
  it.driver.leader = hint('s1', 'http://s1', 5, false);
  it.add(['1']);
  it.driver.fail(0, 'epoch-ended');
  assert.deepEqual(identitiesOf(it.driver), [undefined]);
  assert.deepEqual(it.answers, ['0+0-1 epoch-ended']);
});

test('a follower forwards one at a time, and joins what comes meanwhile; keys travel alone', async () => {
  const answers = [stores(1, 5), stores(2, 5), stores(5, 5)];
  using leader = await new TestLeader((response) => answers[leader.asked.length - 1]?.(response)).listen();
  using it = laned();
  it.driver.isSeekingOrLeading = false;
  it.driver.leader = hint('n2', leader.url, 5, true);
  it.add(['1']);
  it.add(['2']);
  it.add(['3', '4']);
  it.add(['5'], { key: 'k' });
  await it.answered(4);
  assert.deepEqual(
    leader.asked.map(({ body, headers }) => [body, headers['idempotency-key']]),
    [
      ['{"message":1}', undefined],
      ['{"messages":[2,3,4]}', undefined],
      ['{"message":5}', 'k'],
    ],
  );
  assert.deepEqual(it.answers, ['0+0-1 at 1 of 5', '1+0-1 at 2 of 5', '2+0-2 at 2 of 5', '3+0-1 at 5 of 5']);
});

test('a message that is too large fails alone, here and at a leader with a lower limit', async () => {
  const answers = [refuses('message-too-large'), stores(1, 5), refuses('message-too-large'), stores(2, 5)];
  using leader = await new TestLeader((response) => answers[leader.asked.length - 1]?.(response)).listen();
  using it = laned({ messageBytesMax: 10 });
  it.driver.leader = hint('s1', 'http://s1', 5);
  it.add(['1', '"12345678901"', '3']);
  assert.deepEqual(it.answers, ['0+1-2 message-too-large']);
  assert.equal(it.driver.submitted.length, 2);
  it.driver.store(0, 7);
  it.driver.store(1, 8);
  it.driver.isSeekingOrLeading = false;
  it.driver.leader = hint('n2', leader.url, 5);
  it.add(['4', '5', '6']);
  await it.answered(6);
  assert.deepEqual(it.answers.slice(3), ['1+0-1 at 1 of 5', '1+1-2 message-too-large', '1+2-3 at 2 of 5']);
});

test('what nobody waits for any more is abandoned, and does not hold up the others', () => {
  using it = laned();
  it.driver.leader = hint('s1', 'http://s1', 5, true);
  it.add(['1']);
  it.add(['2']);
  it.lane.drop(0);
  it.driver.store(0, 1);
  it.driver.store(1, 2);
  assert.deepEqual([it.driver.abandoned, it.answers], [[0], ['1+0-1 at 2 of 5']]);
});

test('one that waits behind others fails when its own time is up', async () => {
  using leader = await new TestLeader(neverAnswers).listen();
  using it = laned();
  it.driver.isSeekingOrLeading = false;
  it.driver.leader = hint('n2', leader.url, 5, true);
  it.add(['1'], { timeoutMs: 300 });
  it.add(['2'], { timeoutMs: 30 });
  await it.answered(2);
  assert.deepEqual(it.answers, ['1+0-1 no-leader', '0+0-1 forward-failed']);
});
