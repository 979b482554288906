import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { test } from 'node:test';
import { TokenMistake, Tokens, bearerToken, entriesOf, hashedToken, parseTokens } from './tokens.ts';

const [reader, writer, boss] = ['reader-reader-reader', 'writer-writer-writer', 'boss-boss-boss-boss'];

const file = `# who may what
ops read ${reader}

app   append\t${hashedToken(writer)}
root admin ${boss}
app read ${writer}
`;

test('a token has the name and the scopes of its lines, in clear or as its SHA-256', () => {
  const tokens = new Tokens(parseTokens(file));
  assert.deepEqual(tokens.callerOf(`Bearer ${reader}`), { name: 'ops', scopes: ['read'] });
  assert.deepEqual(tokens.callerOf(`bearer  ${writer} `), { name: 'app', scopes: ['append', 'read'] });
  assert.deepEqual(tokens.callerOf(`Bearer ${boss}`), { name: 'root', scopes: ['admin'] });
});

test('what is no token, is another one, or only the beginning of one, is nobody’s', () => {
  const tokens = new Tokens(parseTokens(file));
  const wrong = ['', reader, `Basic ${reader}`, 'Bearer', 'Bearer ', `Bearer ${reader}x`, `Bearer ${reader.slice(0, -1)}`];
  for (const header of [...wrong, `Bearer ${reader} ${boss}`, `Bearer ${hashedToken(boss)}`, `Bearer ${boss.toUpperCase()}`]) {
    assert.equal(tokens.callerOf(header), undefined, header);
  }
  assert.equal(new Tokens([]).callerOf(`Bearer ${boss}`), undefined);
});

test('every token is compared, in constant time, wherever the right one stands', (t) => {
  const compare = t.mock.method(crypto, 'timingSafeEqual');
  syncBuiltinESMExports();
  t.after(() => {
    compare.mock.restore();
    syncBuiltinESMExports();
  });
  const entries = parseTokens(file);
  for (const token of [reader, writer, boss, 'nobody-nobody-nobody']) {
    compare.mock.resetCalls();
    new Tokens(entries).callerOf(`Bearer ${token}`);
    assert.equal(compare.mock.callCount(), entries.length, token);
  }
});

test('a header that was right is not computed again, until the tokens are others; one that was wrong is', (t) => {
  const compare = t.mock.method(crypto, 'timingSafeEqual');
  syncBuiltinESMExports();
  t.after(() => {
    compare.mock.restore();
    syncBuiltinESMExports();
  });
  const tokens = new Tokens(parseTokens(`a read ${reader}\nb append ${writer}\n`));
  const asked = (token: string): boolean => tokens.callerOf(`Bearer ${token}`) !== undefined;
  assert.deepEqual([asked(reader), asked(reader), asked(boss), asked(boss)], [true, true, false, false]);
  assert.equal(compare.mock.callCount(), 6);
  tokens.replace(parseTokens(`c admin ${boss}\n`));
  assert.deepEqual([asked(reader), asked(boss), tokens.count], [false, true, 1]);
});

test('those of API_TOKENS are named by their scope and their place', () => {
  const tokens = new Tokens(
    entriesOf([
      { scope: 'read', token: reader },
      { scope: 'append', token: writer },
    ]),
  );
  assert.deepEqual(tokens.callerOf(`Bearer ${writer}`), { name: 'append-2', scopes: ['append'] });
});

test('a line that is wrong is named by its number, and nothing of it is repeated', () => {
  const secret = 'swordfish-swordfish';
  const wrong = {
    'no scope': `ops ${secret}`,
    'a word too many': `ops read ${secret} x`,
    'another scope': `ops write ${secret}`,
    'a short token': 'ops read short',
    'a wrong hash': 'ops read sha256:12',
    'a name of somebody without a token': `anyone read ${secret}`,
    'a token in front': `${secret}: read ${secret}`,
  };
  for (const [what, line] of Object.entries(wrong)) {
    const isRight = (error: unknown): boolean =>
      error instanceof TokenMistake && error.message.startsWith('line 2') && !/swordfish|short/.test(error.message);
    assert.throws(() => parseTokens(`# tokens\n${line}\n`), isRight, what);
  }
  assert.deepEqual(parseTokens('\n# none\n'), []);
});

test('the token of a header is what stands behind Bearer, in any spelling of it', () => {
  assert.equal(bearerToken('BEARER abc'), 'abc');
  assert.equal(bearerToken('Bearerabc'), undefined);
  assert.equal(bearerToken('Digest abc'), undefined);
});
