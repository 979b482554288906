import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogError } from '../../api/problems.ts';
import { callerText } from '../../trust/caller.ts';
import { Tokens, parseTokens } from '../../trust/tokens.ts';
import { Access, openAccess } from './access.ts';
import type { AccessParts } from './access.ts';
import type { Asking } from './asking.ts';
import type { Need } from './scopes.ts';

const [reader, writer, boss] = ['reader-reader-reader', 'writer-writer-writer', 'boss-boss-boss-boss'];
const lines = `ops read ${reader}\napp append ${writer}\nroot admin ${boss}\n`;
const proven = {};

function accessWith(parts: Partial<AccessParts> = {}): Access {
  const tokens = new Tokens(parseTokens(lines));
  const isProven = (socket: object): boolean => socket === proven;
  return new Access({ tokens, hasSecret: true, isProven, acceptsInsecure: false, areMetricsOpen: false, ...parts });
}

function asking(said: Partial<Asking> = {}): Asking {
  return { socket: {}, authorization: undefined, caller: undefined, node: undefined, forwardedBy: undefined, ...said };
}

const bearing = (token: string): Asking => asking({ authorization: `Bearer ${token}` });

/** @returns the name of who was let in, or the code of the refusal */
function judged(access: Access, who: Asking, need: Exclude<Need, 'page'>): string {
  try {
    return access.check(who, need).name;
  } catch (error) {
    assert.ok(error instanceof LogError);
    return error.code;
  }
}

const scopes = ['token', 'read', 'append', 'admin'] as const;

test('a token opens what its scope says, and no token nothing but what is open', () => {
  const access = accessWith();
  const judge = (who: Asking): string[] => scopes.map((need) => judged(access, who, need));
  assert.deepEqual(judge(bearing(reader)), ['ops', 'ops', 'missing-scope', 'missing-scope']);
  assert.deepEqual(judge(bearing(writer)), ['app', 'missing-scope', 'app', 'missing-scope']);
  assert.deepEqual(judge(bearing(boss)), ['root', 'root', 'root', 'root']);
  for (const who of [asking(), bearing('nobody-nobody-nobody'), asking({ authorization: `Basic ${boss}` })]) {
    assert.deepEqual(judge(who), ['unauthorized', 'unauthorized', 'unauthorized', 'unauthorized']);
  }
  assert.deepEqual([judged(access, asking(), 'open'), judged(access, asking(), 'status')], ['anyone', 'anyone']);
  assert.equal(judged(access, bearing('nobody-nobody-nobody'), 'status'), 'unauthorized');
});

test('metrics need any token, unless they are open', () => {
  assert.deepEqual([judged(accessWith(), asking(), 'metrics'), judged(accessWith(), bearing(writer), 'metrics')], ['unauthorized', 'app']);
  assert.equal(judged(accessWith({ areMetricsOpen: true }), asking(), 'metrics'), 'anyone');
});

test('what a node says of its client counts on a proven connection only', () => {
  const access = accessWith();
  const passedOn = { caller: 'ops;read', node: 'n2', forwardedBy: 'n2' };
  const judge = (said: Partial<Asking>): string[] => scopes.map((need) => judged(access, asking(said), need));
  assert.deepEqual(judge({ ...passedOn, socket: proven }), ['ops', 'ops', 'missing-scope', 'missing-scope']);
  assert.deepEqual(judge({ ...passedOn, caller: 'root;admin' }), ['unauthorized', 'unauthorized', 'unauthorized', 'unauthorized']);
  assert.equal(judged(access, asking({ socket: proven, caller: 'root admin' }), 'read'), 'bad-request');
});

test('a node passes on no rights of its own: who showed it nothing has shown nothing here', () => {
  const access = accessWith();
  for (const said of [{ caller: 'anyone' }, { forwardedBy: 'n2' }, { caller: 'anyone', forwardedBy: 'n2', node: 'n2' }]) {
    assert.equal(judged(access, asking({ ...said, socket: proven }), 'append'), 'unauthorized');
  }
  assert.equal(judged(accessWith({ acceptsInsecure: true }), asking({ forwardedBy: 'n2', socket: proven }), 'append'), 'anyone');
});

test('a node that asks for itself, or who has the secret, may do what changes the cluster', () => {
  const access = accessWith();
  assert.equal(judged(access, asking({ socket: proven, node: 'n2' }), 'admin'), 'node:n2');
  assert.equal(judged(access, asking({ socket: proven }), 'admin'), 'cluster-secret');
  assert.equal(judged(access, asking({ node: 'n2' }), 'admin'), 'unauthorized');
  // A person who shows both is named by the token.
  assert.equal(judged(access, { ...bearing(reader), socket: proven }, 'admin'), 'ops');
});

test('where there is a secret and no token, clients are served as ever, and a change of the cluster needs proof', () => {
  const access = accessWith({ tokens: undefined });
  const judge = (said: Partial<Asking>): string[] => scopes.map((need) => judged(access, asking(said), need));
  assert.deepEqual(judge({}), ['anyone', 'anyone', 'anyone', 'proof-required']);
  // It is passed on as somebody who showed nothing, whatever this node lets it do.
  assert.equal(callerText(access.callerOf(asking())), 'anyone');
  assert.deepEqual(judge({ socket: proven, caller: 'anyone' }), ['anyone', 'anyone', 'anyone', 'proof-required']);
  assert.deepEqual(judge({ socket: proven }), ['cluster-secret', 'cluster-secret', 'cluster-secret', 'cluster-secret']);
  assert.equal(judged(accessWith({ tokens: undefined, acceptsInsecure: true }), asking(), 'admin'), 'anyone');
});

test('while tokens are taken up, who shows nothing is served as before, and who shows a wrong token or too few rights is told so', () => {
  const access = accessWith({ acceptsInsecure: true });
  assert.deepEqual(
    [judged(access, asking(), 'admin'), judged(access, asking({ authorization: 'Basic eDp5' }), 'read')],
    ['anyone', 'anyone'],
  );
  assert.equal(judged(access, bearing('nobody-nobody-nobody'), 'read'), 'unauthorized');
  assert.equal(judged(access, bearing(reader), 'append'), 'missing-scope');
});

test('where nothing is set anybody may do anything, whatever it sends along', () => {
  for (const who of [asking(), bearing('nobody-nobody-nobody'), asking({ caller: 'x;read' })]) {
    assert.deepEqual(
      scopes.map((need) => judged(openAccess, who, need)),
      ['anyone', 'anyone', 'anyone', 'anyone'],
    );
  }
});

test('tokens without a secret allow no other nodes', () => {
  assert.throws(() => accessWith({ hasSecret: false }).checkNodes(), /CLUSTER_SECRET/);
  accessWith().checkNodes();
  accessWith({ tokens: undefined, hasSecret: false }).checkNodes();
});

test('answers that go on end when their token is gone, or lost the scope, and no others do', async () => {
  const tokens = new Tokens(parseTokens(lines));
  const access = accessWith({ tokens });
  const ended: string[] = [];
  const hold = (who: Asking, name: string): (() => void) => access.hold(who, 'read', ({ code }) => ended.push(`${name} ${code}`));
  hold(bearing(reader), 'reader');
  hold(bearing(boss), 'boss');
  hold(asking({ socket: proven, caller: 'other;read' }), 'of another node');
  const release = hold(bearing(reader), 'over before');
  hold(bearing(writer), 'never let in');
  release();
  assert.deepEqual(ended, ['never let in missing-scope']);
  tokens.replace(parseTokens(`app append ${writer}\nroot append ${boss}\n`));
  await access.tokensChanged();
  await access.tokensChanged();
  assert.deepEqual(ended.slice(1), ['reader unauthorized', 'boss missing-scope']);
});
