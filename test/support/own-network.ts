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

/** @returns what runs the command that follows in such a network; `undefined` if the system lets nobody make one */
function enter(addresses: readonly string[]): readonly string[] | undefined {
  const added = addresses.map((address) => `ip addr add ${address}/${address.includes(':') ? 128 : 32} dev lo`);
  const make = ['ip link set lo up', ...added].join(' && ');
  const canEnter = spawnSync('unshare', ['-rn', 'sh', '-c', make]).status === 0;
  return canEnter ? ['unshare', '-rn', 'sh', '-c', `${make} && exec "$@"`, 'sh'] : undefined;
}

/** @param inside - declares the tests; called in the network only */
export function inOwnNetwork({ name, addresses, file }: OwnNetwork, inside: () => void): void {
  if (process.env[mark] === 'own') return inside();
  const [program = '', ...args] = enter(addresses) ?? [];
  void test(name, { skip: program === '' ? 'no network namespace can be made here' : false }, () => {
    const command = [process.execPath, '--test', '--test-reporter=tap', fileURLToPath(file)];
    const told = execFileSync(program, [...args, ...command], {
      env: { ...cleanEnvironment(), ...passedOn(), [mark]: 'own' },
      encoding: 'utf8',
    });
    assert.match(told, /^# pass [1-9]/m);
  });
}

/** Runs this program again in such a network, unless it is in it already. @returns whether it is; if not, it has run, or cannot */
export function isInOwnNetwork(addresses: readonly string[]): boolean {
  if (process.env[mark] === 'own') return true;
  const [program, ...args] = enter(addresses) ?? [];
  if (program === undefined) {
    process.stderr.write('no network namespace can be made here: it takes unshare and ip\n');
    process.exitCode = 1;
    return false;
  }
  const env = { ...process.env, [mark]: 'own' };
  process.exitCode = spawnSync(program, [...args, process.execPath, ...process.argv.slice(1)], { env, stdio: 'inherit' }).status ?? 1;
  return false;
}

function passedOn(): NodeJS.ProcessEnv {
  const { LONG_TESTS } = process.env;
  return LONG_TESTS === undefined ? {} : { LONG_TESTS };
}
