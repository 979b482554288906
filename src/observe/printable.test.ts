import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { printable, printableBytes, printableLines, printableValue } from './printable.ts';

test('characters that would act on a terminal are shown by their number, and all others as they are', () => {
  assert.equal(printable('s9\u001b]0;owned\u0007\u001b[2J\r\nfake'), 's9\\u001b]0;owned\\u0007\\u001b[2J\\u000d\\u000afake');
  assert.equal(printable('\u009b2J \u202eevil \u2066x\u2069 \u007f \u2028'), '\\u009b2J \\u202eevil \\u2066x\\u2069 \\u007f \\u2028');
  assert.equal(printable('привіт, 世界 👋 é "a" \\n'), 'привіт, 世界 👋 é "a" \\n');
  assert.equal(printable('\ud83d half'), '\\ud83d half');
  assert.equal(printableLines('two\nlines\r'), 'two\nlines\\u000d');
  assert.deepEqual(printableValue({ a: ['\u001b', 1, null], b: { c: '\u0007' } }), { a: ['\\u001b', 1, null], b: { c: '\\u0007' } });
});

test('a JSON text keeps its meaning', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
      const json = JSON.stringify([value, text]);
      assert.deepEqual(JSON.parse(printable(json)), JSON.parse(json));
    }),
  );
});

test('bytes are shown as the text that they are, and not copied if all of it is safe', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (hostile, text) => {
      const bytes = Buffer.from(`${text}${hostile}`);
      assert.equal(printableBytes(bytes).toString('utf8'), printableLines(bytes.toString('utf8')));
    }),
  );
  for (let code = 0; code <= 0x2100; code += 1) {
    const text = `é${String.fromCharCode(code)}€`;
    assert.equal(printableBytes(Buffer.from(text)).toString('utf8'), printableLines(text), code.toString(16));
  }
  const safe = Buffer.from('привіт, 世界 👋 é “a” € \n');
  assert.equal(printableBytes(safe), safe);
  // One byte that a terminal of eight bits takes for the beginning of a command.
  assert.equal(printableBytes(Buffer.from('a\u009bb', 'latin1')).toString('utf8'), 'a\ufffdb');
});
