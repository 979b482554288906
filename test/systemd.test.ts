/** The unit of deploy/systemd: systemd takes it, and what it sets are settings of a node. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { SpawnSyncReturns } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../src/config/load.ts';
import { options } from '../src/config/options.ts';
import { repository, rlogPath } from './support/nodes.ts';

const unit = readFileSync(join(repository, 'deploy/systemd/rlog@.service'), 'utf8');
/** Of 10; the rest is mostly that a node has a network. */
const exposureMax = 1.5;

function valuesOf(name: string): string[] {
  return [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);
}

/** What systemd makes of `%i` and the like for the node n1. */
function specified(text: string): string {
  const specifiers: Readonly<Record<string, string>> = { i: 'n1', S: '/var/lib', C: '/var/cache' };
  return text.replaceAll(/%(\w)/g, (whole, letter: string) => specifiers[letter] ?? whole);
}

function environment(): Record<string, string> {
  const set = valuesOf('Environment').flatMap((line) => specified(line).split(' '));
  return Object.fromEntries(set.map((each) => each.split('=') as [string, string]));
}

/** @returns `undefined` where systemd is not installed */
function analyze(...args: readonly string[]): SpawnSyncReturns<string> | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'rlog-systemd-'));
  try {
    const path = join(folder, 'rlog@n1.service');
    // It is not installed where the unit expects it.
    writeFileSync(path, unit.replace(/^ExecStart=\S+/m, `ExecStart=${rlogPath}`).replace(/^Documentation=.*$/m, ''));
    const ran = spawnSync('systemd-analyze', [...args, path], { encoding: 'utf8' });
    return ran.error === undefined ? ran : undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a node of the unit is named after its instance, and has its log in the folder that systemd makes for it', () => {
  const env = environment();
  const known = [...options.map(({ variable }): string => variable), 'NODE_COMPILE_CACHE'];
  for (const name of Object.keys(env)) assert.ok(known.includes(name), name);
  const { serverId, dataDir, logFile } = loadConfig('node', { env, machine: { hostname: 'machine', addresses: [] } });
  const [folder = ''] = valuesOf('StateDirectory').map((name) => `/var/lib/${specified(name)}`);
  assert.deepEqual([serverId, dataDir, logFile], ['n1', folder, `${folder}/node.log`]);
  assert.deepEqual(
    valuesOf('CacheDirectory').map((name) => `/var/cache/${specified(name)}`),
    [env['NODE_COMPILE_CACHE']],
  );
  assert.deepEqual(valuesOf('ExecStart'), ['/opt/rlog/bin/rlog node']);
  // What the administrator writes wins: the file comes after what the unit sets.
  assert.deepEqual(valuesOf('EnvironmentFile'), ['/etc/rlog/%i.env']);
});

test('a node of the unit has files enough, time to hand over, and is started again unless its settings are wrong', () => {
  const [files] = valuesOf('LimitNOFILE');
  // CONNECTIONS_MAX is at most 32,768, and each segment of the log needs one, too.
  assert.ok(Number(files) >= 65_536);
  assert.ok(Number(valuesOf('TimeoutStopSec')[0]) >= 10);
  assert.deepEqual(
    [valuesOf('Restart'), valuesOf('RestartPreventExitStatus'), valuesOf('StartLimitIntervalSec')],
    [['on-failure'], ['2'], ['0']],
  );
});

test('systemd takes the unit', (t) => {
  const verified = analyze('verify', '--man=no');
  if (verified === undefined) return t.skip('systemd is not installed');
  assert.deepEqual([verified.status, verified.stderr.split('\n').filter((line) => line.includes('rlog@'))], [0, []]);
});

test('systemd finds little that the unit leaves open', (t) => {
  const judged = analyze('security', '--offline=true', '--no-pager');
  if (judged === undefined) return t.skip('systemd is not installed');
  const [, exposure] = /exposure level for \S+: ([\d.]+)/.exec(judged.stdout) ?? [];
  assert.ok(exposure !== undefined && Number(exposure) <= exposureMax, `${judged.stdout}${judged.stderr}`);
});
