/** A small crowd of callers (`npm run security:crowd` has the large one), in a network of its own. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inOwnNetwork } from '../support/own-network.ts';
import { onlyLong } from '../support/long.ts';
import { allAddresses, proveCrowd, proveSurplus } from './crowd-proof.ts';

const quietly = (): void => undefined;
/** The machine does much else while tests run, so this only shows that others are served. */
const slowdownMax = 50;

inOwnNetwork({ name: 'a crowd in a network with several addresses', addresses: allAddresses, file: import.meta.url }, () => {
  test('idle, slow and waiting callers keep nobody from being served, and what they took is given back', onlyLong, async () => {
    const { slowdown } = await proveCrowd({ counts: { idle: 300, slow: 50, poll: 200 }, seconds: 1, rounds: 1, say: quietly });
    assert.ok(slowdown < slowdownMax, `99 % of the requests of others took ${slowdown} times as long`);
  });

  test('at the default limit for one address, what is beyond it is refused, and others are served', async () => {
    const { slowdown } = await proveSurplus({ callers: 1400, seconds: 1, rounds: 1, say: quietly });
    assert.ok(slowdown < slowdownMax, `99 % of the requests of others took ${slowdown} times as long`);
  });
});
