import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { epoch, incarnation, nodeId, storageId } from '../core/model/numbers.ts';
import { NodeDisk } from '../io/node-disk.ts';
import { readStateFile, writeStateFile } from '../storage/format/state-file.ts';
import { repair } from './repair.ts';

const rlog = fileURLToPath(new URL('main.ts', import.meta.url));
let dir = '';
before(() => (dir = mkdtempSync(join(tmpdir(), 'repair-'))));
after(() => rmSync(dir, { recursive: true }));

function run(...args: readonly string[]): { readonly status: number | null; readonly text: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [rlog, ...args], { encoding: 'utf8' });
  return { status, text: stdout + stderr };
}

async function onDisk<T>(use: (disk: NodeDisk) => Promise<T>): Promise<T> {
  const disk = NodeDisk.at(dir);
  try {
    return await use(disk);
  } finally {
    await disk.close();
  }
}

function promise(promised: number): Promise<void> {
  const promisedTo = { id: nodeId('rogue'), incarnation: incarnation('i') };
  const state = { clusterId: null, storageId: storageId('s'), promisedEpoch: epoch(promised), promisedTo, forgot: null };
  return onDisk((disk) => writeStateFile(disk, { node: nodeId('s1'), state, held: null }));
}

test('a promise above which no node could lead is found by verify, stops a start, and is lowered by the command that the message names', async () => {
  for (const promised of [Number.MAX_SAFE_INTEGER, 2 ** 60]) {
    await promise(promised);
    const refusal = /state.json: it promised epoch \d+, above which no node could ever lead: "rlog repair"/;
    await assert.rejects(onDisk(readStateFile), refusal);
  }
  const seen = run('verify', dir);
  assert.deepEqual([seen.status, /it promised epoch \d+/.test(seen.text)], [1, true], seen.text);
  const unsure = run('repair', dir);
  assert.deepEqual([unsure.status, /acknowledged entries are lost[^]*add --yes if you are sure/.test(unsure.text)], [2, true], unsure.text);
  await assert.rejects(onDisk(readStateFile));
  const done = run('repair', dir, '--promised-epoch', '7', '--yes');
  assert.deepEqual([done.status, /lowered the promised epoch from \d+ to 7/.test(done.text)], [0, true], done.text);
  const { state } = (await onDisk(readStateFile)) ?? {};
  assert.deepEqual([state?.promisedEpoch, state?.promisedTo, state?.storageId], [7, null, 's']);
  assert.match(readFileSync(join(dir, 'state.json.before-repair'), 'utf8'), new RegExp(String(2 ** 60)));
});

test('a promise within reach is lowered only if an epoch is given, and never raised', async () => {
  await promise(9);
  assert.match(run('repair', dir, '--yes').text, /within reach, nothing was changed/);
  assert.match(run('repair', dir, '--yes', '--promised-epoch', '9').text, /can only be lowered/);
  await promise(2 ** 40);
  assert.match(run('verify', dir).text, /promised epoch 1099511627776 is out of reach/);
  assert.equal(run('repair', join(dir, 'nowhere'), '--yes').status, 2);
  assert.ok(!existsSync(join(dir, 'nowhere')));
});

test('what was opened for a repair is closed', async () => {
  const open = (): number => readdirSync('/proc/self/fd').filter((fd) => targetOf(fd) === dir).length;
  await promise(2 ** 40);
  await repair(dir, { promisedEpoch: '7', yes: true });
  assert.equal(open(), 0);
});

function targetOf(fd: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch (error) {
    // The listing itself had one, which is closed by now.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
