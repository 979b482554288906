import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodes } from './exit-codes.ts';
import { wholeNumber } from './whole-number.ts';

test('numbers within the bounds are taken, and everything else is a usage error', () => {
  assert.deepEqual(
    ['1', '007', '600000'].map((text) => wholeNumber('--timeout-ms', text, { min: 1, max: 600_000 })),
    [1, 7, 600_000],
  );
  for (const text of ['0', '600001', '999999', '-1', '1.5', '1e3', '', ' 1', '0x10', '9'.repeat(400)]) {
    assert.throws(() => wholeNumber('--timeout-ms', text, { min: 1, max: 600_000 }), {
      message: `--timeout-ms must be a whole number from 1 to 600000, not "${text}"`,
      exitCode: exitCodes.usage,
    });
  }
  assert.equal(wholeNumber('--from', String(Number.MAX_SAFE_INTEGER), { min: 0 }), Number.MAX_SAFE_INTEGER);
  assert.throws(() => wholeNumber('--from', '9007199254740992', { min: 0 }), { message: /^--from must be a whole number from 0 on, not / });
});
