/** Runs a test file in a network of its own, with addresses that this machine has not, if the system lets it. */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from './nodes.ts';

const mark = 'RLOG_TEST_NETWORK';

interface OwnNetwork {
  /** Of the test that stands for all of them outside. */
  readonly name: string;
  /** All at the loopback interface of that network. */
  readonly addresses: readonly string[];
  /** URL of the test file. */
  readonly file: string;
}

/** @param inside - declares the tests; called in the network only */
export function inOwnNetwork({ name, addresses, file }: OwnNetwork, inside: () => void): void {
  if (process.env[mark] === 'own') return inside();
  const added = addresses.map((address) => `ip addr add ${address}/${address.includes(':') ? 128 : 32} dev lo`);
  const enter = ['ip link set lo up', ...added].join(' && ');
  const canEnter = spawnSync('unshare', ['-rn', 'sh', '-c', enter]).status === 0;
  void test(name, { skip: canEnter ? false : 'no network namespace can be made here' }, () => {
    const command = [process.execPath, '--test', '--test-reporter=tap', fileURLToPath(file)];
    const env = { ...cleanEnvironment(), [mark]: 'own' };
    const told = execFileSync('unshare', ['-rn', 'sh', '-c', `${enter} && exec "$@"`, 'sh', ...command], { env, encoding: 'utf8' });
    assert.match(told, /^# pass [1-9]/m);
  });
}
