/**
 * One bit flipped on a disk: the node does not start, or ends once it has read that far, with a clear error, and nothing
 * is lost.
 */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { append, ask, messagesOf } from '../support/api.ts';
import { TestCluster, cleanEnvironment, isReady, rlogPath, startThree } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import type { TestNode } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

function segments(node: TestNode): string[] {
  return readdirSync(node.dataDir)
    .filter((name) => /^\d{20}\.log$/.test(name))
    .toSorted();
}

function flipBit(path: string, position: number): void {
  const bytes = readFileSync(path);
  bytes[position] = (bytes[position] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

/** Where the last batch of a segment begins. */
function lastBatch(path: string): number {
  return readFileSync(path).lastIndexOf(Buffer.from('RLB\u0001', 'latin1'));
}

/** The present state file and segments. */
function contentOf(node: TestNode): ReadonlyMap<string, Buffer> {
  return new Map(['state.json', ...segments(node)].map((name) => [name, readFileSync(join(node.dataDir, name))]));
}

/** The state file without its note of what is flushed, which is written again and again. */
function promisedIn(state: Buffer | undefined): Record<string, unknown> {
  const { held: _, checksum: __, ...rest } = JSON.parse(String(state)) as Record<string, unknown>;
  return rest;
}

/** A node that started may have appended a flush mark and a new note. */
function checkNothingIsLost(before: ReadonlyMap<string, Buffer>, after: ReadonlyMap<string, Buffer>): void {
  assert.deepEqual([...after.keys()], [...before.keys()]);
  for (const [name, bytes] of before) {
    if (name === 'state.json') assert.deepEqual(promisedIn(after.get(name)), promisedIn(bytes));
    else assert.ok(after.get(name)?.subarray(0, bytes.length).equals(bytes), `${name} is as it was`);
  }
}

function verify(node: TestNode): { readonly status: number | null; readonly text: string } {
  const { status, stdout } = spawnSync(rlogPath, ['verify', node.dataDir], { encoding: 'utf8', env: cleanEnvironment() });
  return { status, text: stdout };
}

function damageClosedSegment(node: TestNode): string {
  const [name = ''] = segments(node);
  flipBit(join(node.dataDir, name), 2000);
  return name;
}

const places: readonly { readonly where: string; readonly isFoundLater?: boolean; readonly damage: (node: TestNode) => string }[] = [
  { where: 'in a closed segment', isFoundLater: true, damage: damageClosedSegment },
  {
    where: 'in a closed segment without an index',
    damage: (node) => {
      const name = damageClosedSegment(node);
      rmSync(join(node.dataDir, name.replace('.log', '.index')));
      return name;
    },
  },
  {
    where: 'in the middle of the last segment',
    damage: (node) => {
      const name = segments(node).at(-1) ?? '';
      const path = join(node.dataDir, name);
      flipBit(path, Math.floor(lastBatch(path) / 2));
      return name;
    },
  },
  {
    where: 'in the last batch',
    damage: (node) => {
      const name = segments(node).at(-1) ?? '';
      const path = join(node.dataDir, name);
      flipBit(path, lastBatch(path) + 70);
      return name;
    },
  },
];

for (const how of ['SIGTERM', 'SIGKILL'] as const) {
  test(
    `one bit flipped while the node is down, after ${how}: the node names the file and loses nothing; with an empty folder it gets everything back`,
    onlyLong,
    async () => {
      const { cluster, master, s1, s2 } = await startThree({ env: { SEGMENT_BYTES_MAX: '4KiB' } });
      await using _ = cluster;
      for (let n = 0; n < 60; n += 1) assert.equal((await append(master, `message ${n} `.padEnd(100, '.'))).status, 201);
      await waitFor(
        'the last flush is noted',
        () =>
          readFileSync(join(s1.dataDir, segments(s1).at(-1) ?? ''))
            .subarray(-16, -12)
            .toString('latin1') === 'RLF\u0001',
      );
      s1.signal(how);
      await s1.exited();
      assert.ok(segments(s1).length > 2);
      assert.equal(verify(s1).status, 0, verify(s1).text);
      const sound = new Map(segments(s1).map((name) => [name, readFileSync(join(s1.dataDir, name))]));

      for (const { where, isFoundLater, damage } of places) {
        const name = damage(s1);
        const before = contentOf(s1);
        s1.output = '';
        s1.spawn();
        assert.equal((await s1.exited()).code, 1, where);
        assert.match(s1.output, new RegExp(`rlog: ${name}: damaged at position \\d+`), where);
        if (isFoundLater === true) checkNothingIsLost(before, contentOf(s1));
        else assert.deepEqual(contentOf(s1), before, `${where}: nothing was changed`);
        assert.equal(s1.events('node.started').length, isFoundLater === true ? 1 : 0, where);
        const found = verify(s1);
        assert.equal(found.status, 1, where);
        assert.match(found.text, new RegExp(`damaged: ${name}`), where);
        for (const [file, bytes] of sound) writeFileSync(join(s1.dataDir, file), bytes);
      }

      // The others lost nothing, and the damaged node comes back blank.
      s1.wipe();
      await s1.start();
      await waitFor('it has all again', async () => (await messagesOf(s1)).length === 60);
      assert.equal((await append(master, 'and on', { w: 3 })).json['acks'], 3);
      assert.deepEqual(await messagesOf(s1), await messagesOf(s2));
    },
  );
}

test('a torn tail is copied to cut/, cut off, and logged', onlyLong, async () => {
  const { cluster, master, s1 } = await startThree();
  await using _ = cluster;
  for (let n = 0; n < 3; n += 1) await append(master, `message ${n}`);
  await s1.kill();
  const [name = ''] = segments(s1);
  const path = join(s1.dataDir, name);
  const size = statSync(path).size;
  // Half a batch that was never flushed, as a crash in the middle of a write leaves it.
  const batch = readFileSync(path).subarray(lastBatch(path), lastBatch(path) + 70);
  writeFileSync(path, Buffer.concat([readFileSync(path), batch]));
  assert.match(verify(s1).text, /70 bytes at the end were never flushed/);
  await s1.start();
  assert.equal(s1.events('log.torn-tail-cut')[0]?.['tornBytes'], 70);
  assert.deepEqual(readdirSync(join(s1.dataDir, 'cut')), ['00000000000000000003-1.log']);
  assert.ok(readFileSync(join(s1.dataDir, 'cut', '00000000000000000003-1.log')).equals(batch));
  assert.ok(statSync(path).size >= size);
  assert.equal((await append(master, 'and on', { w: 3 })).json['acks'], 3);
});

test('segments without a state file, a state file without segments, and an unknown format stop the start', onlyLong, async () => {
  const { cluster, master, s1 } = await startThree();
  await using _ = cluster;
  await append(master, 'one');
  await s1.stop();
  const state = join(s1.dataDir, 'state.json');
  const [name = ''] = segments(s1);
  const segment = join(s1.dataDir, name);
  const [stateBytes, segmentBytes] = [readFileSync(state), readFileSync(segment)];
  const refuses = async (pattern: RegExp): Promise<void> => {
    s1.output = '';
    s1.spawn();
    assert.equal((await s1.exited()).code, 1);
    assert.match(s1.output, pattern);
  };
  execFileSync('rm', [state]);
  await refuses(/state\.json: it is missing beside segments/);
  writeFileSync(state, stateBytes);
  execFileSync('rm', [segment]);
  await refuses(/state\.json: it names cluster .*, and there are no segments/);
  const other = Buffer.from(segmentBytes);
  other[3] = 2;
  writeFileSync(segment, other);
  await refuses(/format version 2 is not known/);
  assert.ok(readFileSync(segment).equals(other), 'nothing was changed');
  writeFileSync(segment, segmentBytes);
  writeFileSync(state, stateBytes.toString().replace('"format": 2', '"format": 9'));
  await refuses(/state\.json has format 9/);
  writeFileSync(state, stateBytes.toString().replace(/"promisedEpoch": \d+/, '"promisedEpoch": 77'));
  await refuses(/state\.json: the checksum does not match/);
  truncateSync(state, 20);
  await refuses(/state\.json: it is not JSON/);
  writeFileSync(state, stateBytes);
  await s1.start();
  assert.deepEqual(await messagesOf(s1), ['one']);
});

test(
  'a folder that was restored from a copy is started with --blank, keeps its log, and counts only when it has caught up',
  onlyLong,
  async () => {
    const { cluster, master, s1 } = await startThree();
    await using _ = cluster;
    await append(master, 'one');
    await s1.stop();
    const storageBefore = JSON.parse(readFileSync(join(s1.dataDir, 'state.json'), 'utf8')) as { storageId: string };
    await append(master, 'two', { w: 2 });
    // A node that was missing at the founding was added after it.
    const ofS1 = (event: string): number => master.events(event).filter(({ member }) => member === 's1').length;
    const addedBefore = ofS1('member.added');
    await s1.start({ args: ['--blank'] });
    await isReady(master);
    assert.equal((await append(master, 'three', { w: 3 })).json['acks'], 3);
    assert.deepEqual(await messagesOf(s1), ['one', 'two', 'three']);
    assert.notEqual((await ask(s1, '/health')).json['storage'], storageBefore.storageId);
    assert.deepEqual([ofS1('member.storage-out'), ofS1('member.added') - addedBefore], [1, 1]);

    // A copy of another node's folder works, too.
    await s1.stop();
    const copy = cluster.add({
      kind: 'secondary',
      port: await freePort(),
      env: { SERVER_ID: 's3', MASTER_URL: master.url },
      args: ['--blank'],
    });
    cpSync(s1.dataDir, copy.dataDir, { recursive: true });
    await s1.start();
    await copy.start();
    await waitFor('it is a member', async () => (await append(master, 'four', { w: 4, timeoutMs: 1000 })).status === 201);
    assert.ok((await messagesOf(copy)).includes('four'));
  },
);

test('verify says what is sound before the damage, and what to do next', onlyLong, async () => {
  const cluster = new TestCluster();
  await using _ = cluster;
  const node = await cluster.add({ kind: 'master', port: await freePort(), env: { SEGMENT_BYTES_MAX: '4KiB' } }).start();
  await isReady(node);
  for (let n = 0; n < 40; n += 1) assert.equal((await append(node, `message ${n} `.padEnd(200, '.'))).status, 201);
  await node.stop();
  const sound = verify(node);
  assert.equal(sound.status, 0, sound.text);
  const name = segments(node)[1] ?? '';
  const path = join(node.dataDir, name);
  // The third batch of the second segment: two of it, and the whole first segment, stay sound.
  const begins = [
    ...readFileSync(path)
      .toString('latin1')
      .matchAll(/RLB\p{Cc}/gu),
  ].map(({ index }) => index);
  flipBit(path, (begins[2] ?? 0) + 70);
  const first = Number(name.slice(0, 20)) + 2;
  const { status, text } = verify(node);
  assert.equal(status, 1);
  assert.match(
    text,
    new RegExp(
      `^damaged: ${name}: damaged at position ${begins[2]},.*\nsound before it: offsets 0 to ${first - 1}, in \\d+ batches and 2 segments; the first offset that is not certain: ${first}\nnext: `,
    ),
  );
  const { stdout } = spawnSync(rlogPath, ['verify', '--json', node.dataDir], { encoding: 'utf8', env: cleanEnvironment() });
  const { entries, segments: count, node: id, damage } = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual([entries, count, id, String(damage).startsWith(name)], [first, 2, 'master', true]);
});
