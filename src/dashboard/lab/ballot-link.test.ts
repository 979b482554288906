import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ballotLink, experimentOf } from './ballot-link.ts';

test('the link that a class is given leads to the question of its experiment', () => {
  const link = ballotLink('http://localhost:5080/#lab', 'no-quorum');
  assert.equal(link, 'http://localhost:5080/#lab?predict=no-quorum');
  assert.equal(experimentOf(new URL(link).hash), 'no-quorum');
  assert.equal(experimentOf('#lab'), undefined);
});

test('a link whose end was lost asks about nothing', () => {
  assert.equal(experimentOf('#lab?predict=%'), undefined);
});
