import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogError } from '../../api/problems.ts';
import { nodeId } from '../../core/model/numbers.ts';
import { anyone } from '../../trust/caller.ts';
import { NotSent } from '../../ports/leader-caller.ts';
import type { LeaderCaller } from '../../ports/leader-caller.ts';
import { forwardRequest } from './forward-request.ts';
import { forwardToLeader } from './forwarding.ts';
import type { LeaderRequest } from './leader-client.ts';
import { TestLeader, ToldDriver, forwardingNode, hint, neverAnswers, refuses, stores } from './forwarding.test-support.ts';

interface Changes extends Partial<Pick<LeaderRequest, 'path' | 'headers'>> {
  readonly timeoutMs?: number;
  readonly isRepeatable?: boolean;
  readonly takesIdentity?: boolean;
}

const forwarded = ({ timeoutMs = 5000, isRepeatable = false, takesIdentity = false, ...changes }: Changes = {}) => ({
  call: {
    method: 'POST',
    path: (remainingMs: number) => `/messages?timeoutMs=${remainingMs}`,
    headers: {},
    body: Buffer.from('"a"\n'),
    caller: anyone,
    ...changes,
  } as const,
  timeoutMs,
  isRepeatable,
  takesIdentity,
});

const failureOf = async (answer: Promise<unknown>): Promise<LogError> => {
  const error = await answer.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof LogError);
  return error;
};

test('while no node can lead for want of a majority, a waiting request is refused at once, with the names of the missing members', async () => {
  const driver = new ToldDriver();
  using node = forwardingNode(driver);
  const failure = failureOf(forwardRequest(node, forwarded({ timeoutMs: 60_000 })));
  driver.missingForMajority = [nodeId('n1')];
  const { code, facts } = await failure;
  assert.deepEqual([code, facts], ['no-quorum', { waitingFor: ['n1'] }]);
});

test('an append that waits at a leader that is gone goes to the next leader, with its key and the remaining time', async () => {
  using old = await new TestLeader(neverAnswers).listen();
  using next = await new TestLeader(stores(7, 6)).listen();
  const driver = new ToldDriver();
  using node = forwardingNode(driver);
  driver.leader = hint('n0', old.url, 5);
  const begunAt = performance.now();
  const answer = forwardRequest(node, forwarded({ isRepeatable: true, headers: { 'idempotency-key': 'k' } }));
  await old.wasAsked(1);
  driver.leader = hint('n2', next.url, 6);
  assert.deepEqual(await answer, { offset: 7, acks: 2, epoch: 6 });
  assert.ok(performance.now() - begunAt < 1000);
  assert.deepEqual(
    [...old.asked, ...next.asked].map(({ headers, body }) => [
      headers['rlog-leader-epoch'],
      headers['rlog-forwarded'],
      headers['idempotency-key'],
      body,
    ]),
    [
      ['5', 's1', 'k', '"a"\n'],
      ['6', 's1', 'k', '"a"\n'],
    ],
  );
  const told = [...old.asked, ...next.asked].map(({ url }) => Number(url.split('=')[1]));
  assert.ok((told[0] ?? 0) <= 5000 && (told[1] ?? 0) < (told[0] ?? 0), `told ${told.join(', ')}`);
});

test('an append without a key is unknown as soon as another node leads, and is not sent again', async () => {
  using old = await new TestLeader(neverAnswers).listen();
  using next = await new TestLeader(stores(7, 6)).listen();
  const driver = new ToldDriver();
  using node = forwardingNode(driver);
  driver.leader = hint('n0', old.url, 5);
  const begunAt = performance.now();
  const answer = failureOf(forwardRequest(node, forwarded()));
  await old.wasAsked(1);
  driver.leader = hint('n2', next.url, 6);
  const failure = await answer;
  assert.equal(failure.code, 'forward-failed');
  assert.match(failure.message, /n2 leads epoch 6/);
  assert.ok(performance.now() - begunAt < 1000);
  assert.equal(next.asked.length, 0);
});

test('an append survives a moment without a known leader, and is given up after a longer time', async () => {
  let answerIt: (() => void) | undefined;
  using leader = await new TestLeader((response, { url }) => {
    if (url.startsWith('/first')) answerIt = () => stores(3, 5)(response);
  }).listen();
  const driver = new ToldDriver();
  using node = forwardingNode(driver, { graceMs: 200 });
  const known = hint('n0', leader.url, 5);
  driver.leader = known;
  const first = forwardRequest(node, forwarded({ path: () => '/first' }));
  await leader.wasAsked(1);
  driver.leader = undefined;
  driver.leader = known;
  answerIt?.();
  assert.deepEqual(await first, { offset: 3, acks: 2, epoch: 5 });

  const second = failureOf(forwardRequest(node, forwarded()));
  await leader.wasAsked(2);
  driver.leader = undefined;
  const failure = await second;
  assert.equal(failure.code, 'forward-failed');
  assert.match(failure.message, /n0 is no longer known to lead/);
});

test('waiting for a leader and waiting at the leader share one deadline', async () => {
  using leader = await new TestLeader(neverAnswers).listen();
  const driver = new ToldDriver();
  using node = forwardingNode(driver);
  const begunAt = performance.now();
  const answer = failureOf(forwardRequest(node, forwarded({ timeoutMs: 400 })));
  setTimeout(() => (driver.leader = hint('n0', leader.url, 5)), 300);
  const failure = await answer;
  const tookMs = performance.now() - begunAt;
  assert.equal(failure.code, 'forward-failed');
  const told = Number(leader.asked[0]?.url.split('=')[1]);
  assert.ok(told <= 101, `the leader was told ${told} ms`);
  // The timeout plus the slack. With a timeout for each wait it would take 300 + 400 + 1500.
  assert.ok(tookMs < 1500, `it took ${tookMs} ms`);
});

test('an append that an earlier leader may have stored stays unknown when a later leader refuses it, or when no node leads', async () => {
  using old = await new TestLeader(refuses('epoch-ended', { offset: 9 })).listen();
  using next = await new TestLeader(refuses('no-quorum')).listen();
  const driver = new ToldDriver();
  using node = forwardingNode(driver);
  driver.leader = hint('n0', old.url, 5);
  const refused = failureOf(forwardRequest(node, forwarded({ isRepeatable: true })));
  await old.wasAsked(1);
  driver.leader = hint('n2', next.url, 6);
  assert.equal((await refused).code, 'epoch-ended');
  assert.equal(next.asked.length, 1);

  driver.leader = hint('n0', old.url, 7);
  const unled = failureOf(forwardRequest(node, forwarded({ isRepeatable: true, timeoutMs: 300 })));
  await old.wasAsked(2);
  driver.leader = undefined;
  assert.equal((await unled).code, 'epoch-ended');
});

test('a node that no longer leads has stored nothing: the append goes on to the next leader, with or without a key', async () => {
  using old = await new TestLeader(refuses('not-leader')).listen();
  using next = await new TestLeader(stores(7, 6)).listen();
  const driver = new ToldDriver();
  using node = forwardingNode(driver);
  driver.leader = hint('n0', old.url, 5);
  const answer = forwardRequest(node, forwarded());
  await old.wasAsked(1);
  driver.leader = hint('n2', next.url, 6);
  assert.deepEqual(await answer, { offset: 7, acks: 2, epoch: 6 });
});

test('the second address of a leader is not tried once the deadline has passed or another node leads', async () => {
  const driver = new ToldDriver();
  const asked: string[] = [];
  let meanwhile = (): void => undefined;
  using http = forwardingNode(driver, { masterUrl: 'http://master' });
  const leaderCaller: LeaderCaller<string, string> = {
    ask: async (url, _call, { over }) => {
      asked.push(url);
      meanwhile();
      if (url === 'http://next') return 'stored';
      await new Promise((resolve) => over.addEventListener('abort', resolve, { once: true }));
      throw new NotSent('nobody is there');
    },
  };
  const forward = (timeoutMs: number) => forwardToLeader({ ...http, leaderCaller }, { call: 'append', timeoutMs, isRepeatable: false });
  driver.leader = hint('n0', 'http://leader', 5);
  assert.equal((await failureOf(forward(20))).code, 'no-leader');
  assert.deepEqual(asked.splice(0), ['http://leader']);

  meanwhile = () => (driver.leader = hint('n2', 'http://next', 6));
  assert.equal(await forward(5000), 'stored');
  assert.deepEqual(asked, ['http://leader', 'http://next']);
});

test('the leader is also tried at MASTER_URL, unless that is the address of another member', async () => {
  using master = await new TestLeader(stores(7, 6)).listen();
  const driver = new ToldDriver();
  using node = forwardingNode(driver, { masterUrl: master.url });
  // Nothing listens there; a name that only a container knows would fail alike.
  driver.leader = hint('n0', 'http://127.0.0.1:1', 6);
  assert.deepEqual(await forwardRequest(node, forwarded()), { offset: 7, acks: 2, epoch: 6 });
  assert.equal(master.asked[0]?.headers['rlog-leader-epoch'], '6');

  driver.members = [
    { id: 'n0', url: master.url },
    { id: 'n2', url: 'http://127.0.0.1:1' },
  ];
  driver.leader = hint('n2', 'http://127.0.0.1:1', 7);
  assert.equal((await failureOf(forwardRequest(node, forwarded({ timeoutMs: 200 })))).code, 'no-leader');
  assert.equal(master.asked.length, 1);
});

const identitiesAt = (...leaders: readonly TestLeader[]): unknown[] =>
  leaders.flatMap(({ asked }) => asked.map(({ headers }) => headers['rlog-forward-identity']));

test('an append without a key goes on to the next leader under one identity, and two appends have two', async () => {
  using old = await new TestLeader(neverAnswers).listen();
  using next = await new TestLeader(stores(7, 6)).listen();
  const driver = new ToldDriver();
  using node = forwardingNode(driver);
  driver.leader = hint('n0', old.url, 5, true);
  const answers = [1, 2].map(() => forwardRequest(node, forwarded({ takesIdentity: true })));
  await old.wasAsked(2);
  driver.leader = hint('n2', next.url, 6, true);
  for (const answer of await Promise.all(answers)) assert.deepEqual(answer, { offset: 7, acks: 2, epoch: 6 });
  assert.deepEqual(identitiesAt(old).toSorted(), ['7-0', '7-1']);
  assert.deepEqual(identitiesAt(next).toSorted(), ['7-0', '7-1']);
});

test('a dead keep-alive connection does not fail an append: it is sent again under its identity', async () => {
  using leader = await new TestLeader((response, { url }) => {
    if (url.startsWith('/first')) stores(1, 5)(response);
    else if (leader.asked.length === 2) response.socket?.destroy();
    else stores(2, 5)(response);
  }).listen();
  const driver = new ToldDriver();
  using node = forwardingNode(driver);
  driver.leader = hint('n0', leader.url, 5, true);
  await forwardRequest(node, forwarded({ takesIdentity: true, path: () => '/first' }));
  assert.deepEqual(await forwardRequest(node, forwarded({ takesIdentity: true })), { offset: 2, acks: 2, epoch: 5 });
  assert.deepEqual(identitiesAt(leader), ['7-0', '7-1', '7-1']);
});

test('a leader that does not remember identities gets none, and no append that may be stored under one', async () => {
  using old = await new TestLeader(neverAnswers).listen();
  using next = await new TestLeader(stores(7, 6)).listen();
  const driver = new ToldDriver();
  using node = forwardingNode(driver);
  driver.leader = hint('n2', next.url, 4);
  await forwardRequest(node, forwarded({ takesIdentity: true }));
  assert.deepEqual(identitiesAt(next), [undefined]);

  driver.leader = hint('n0', old.url, 5, true);
  const answer = forwardRequest(node, forwarded({ takesIdentity: true }));
  await old.wasAsked(1);
  driver.leader = hint('n2', next.url, 6);
  // The old leader's answer was given up, and now it waits for a leader again and again.
  await Promise.race([driver.wasLookedAt(6), answer.then(() => assert.fail('it was answered'))]);
  assert.equal(next.asked.length, 1);
  driver.leader = hint('n2', next.url, 6, true);
  assert.deepEqual(await answer, { offset: 7, acks: 2, epoch: 6 });
  assert.deepEqual(identitiesAt(next), [undefined, '7-0']);
});

test('an append with a key gets no identity, nor does a request that is not an append', async () => {
  using leader = await new TestLeader(stores(7, 5)).listen();
  const driver = new ToldDriver();
  using node = forwardingNode(driver);
  driver.leader = hint('n0', leader.url, 5, true);
  await forwardRequest(node, forwarded({ isRepeatable: true, takesIdentity: true }));
  await forwardRequest(node, forwarded());
  assert.deepEqual(identitiesAt(leader), [undefined, undefined]);
});

test('an append waits while its leader shuts down, and while a leader refuses for now what an earlier one may have stored', async () => {
  let refusals = 0;
  using stopping = await new TestLeader(refuses('shutting-down')).listen();
  using old = await new TestLeader(refuses('epoch-ended')).listen();
  using next = await new TestLeader((response) => {
    if (refusals++ === 0) refuses('no-quorum')(response);
    else stores(7, 7)(response);
  }).listen();
  const driver = new ToldDriver();
  using node = forwardingNode(driver);
  driver.leader = hint('n1', stopping.url, 5, true);
  const answer = forwardRequest(node, forwarded({ takesIdentity: true }));
  await stopping.wasAsked(1);
  driver.leader = hint('n0', old.url, 6, true);
  await old.wasAsked(1);
  driver.leader = hint('n2', next.url, 7, true);
  assert.deepEqual(await answer, { offset: 7, acks: 2, epoch: 7 });
  assert.equal(next.asked.length, 2);
  // Nothing is in doubt here: the refusal is returned at once.
  refusals = 0;
  assert.equal((await failureOf(forwardRequest(node, forwarded({ takesIdentity: true })))).code, 'no-quorum');
});
