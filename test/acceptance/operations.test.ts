/** Does what docs/operations.md says, with real nodes: every command that is not listed here with a reason. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { onlyLong } from '../support/long.ts';
import { repository } from '../support/nodes.ts';
import { Operator, blocksOf } from '../support/operator.ts';

const blocks = blocksOf(readFileSync(join(repository, 'docs/operations.md'), 'utf8'));

/** Commands that are not run, and why. */
const notRun: readonly (readonly [command: RegExp, reason: string])[] = [
  [/^docker /, 'it takes an engine for containers, which a machine that runs the tests may not have'],
  [/^timedatectl /, 'it asks systemd, which does not run in containers'],
];

function isNotRun(command: string): boolean {
  return notRun.some(([pattern]) => pattern.test(command));
}

interface Scene {
  readonly heading: string;
  /** What happens before the operator reads this. */
  readonly before?: (operator: Operator) => Promise<void>;
  /** What must be so after it was done, or how the next scene begins. */
  readonly after?: (operator: Operator) => Promise<void>;
}

const isWhole = (operator: Operator): Promise<void> =>
  operator.until('all members are healthy', (status) => status.startsWith('healthy: ') && status.includes('\n1 member may fail'));
const start = (operator: Operator, id: string, port: number): Promise<void> =>
  operator.type({ heading: '', commands: [`SERVER_ID=${id} NODE_PORT=${port} rlog node`], seen: undefined });

/** With equal nodes, one after the other; the order is not that of the page. */
const equalNodes: readonly Scene[] = [
  { heading: 'Equal nodes', after: isWhole },
  { heading: 'What a write waits for' },
  {
    heading: 'A full disk',
    before: async (operator) => {
      assert.equal((await operator.run('rlog append one two three four')).status, 0);
    },
    after: async (operator) => {
      const { stdout } = await operator.run('rlog messages');
      assert.deepEqual(stdout.split('\n').slice(0, 2), ['"three"', '"four"'], '"Hello" was appended before');
    },
  },
  { heading: 'A wrong clock' },
  { heading: 'Hand over' },
  { heading: 'Roll' },
  { heading: 'Upgrade' },
  {
    heading: 'Grow',
    after: async (operator) => {
      await operator.until('n4 counts', (status) => /^n4 .* member .* healthy/m.test(status));
      assert.equal((await operator.run('rlog members remove n4')).status, 0);
      await operator.kill('n4');
      await isWhole(operator);
    },
  },
  { heading: 'One node is down', before: (operator) => operator.kill('n3'), after: isWhole },
  {
    heading: 'Too few nodes',
    before: async (operator) => {
      await operator.kill('n2');
      await operator.kill('n3');
    },
    after: async (operator) => {
      await operator.until('appends are taken', (status) => status.startsWith('degraded: '));
      await start(operator, 'n3', 5002);
      await isWhole(operator);
    },
  },
  { heading: 'Replace a dead node', before: (operator) => operator.kill('n3'), after: isWhole },
  {
    heading: 'A damaged disk',
    before: async (operator) => {
      await operator.kill('n3');
      const folder = join(operator.folder, 'data/n3');
      const [segment = ''] = readdirSync(folder).filter((name) => /^\d+\.log$/.test(name));
      const bytes = readFileSync(join(folder, segment));
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      writeFileSync(join(folder, segment), bytes);
    },
    after: isWhole,
  },
  {
    heading: 'A node is gone for good',
    before: (operator) => operator.kill('n3'),
    after: async (operator) => {
      await start(operator, 'n3', 5002);
      assert.equal((await operator.run('rlog members add http://localhost:5002')).status, 0);
      await isWhole(operator);
    },
  },
  {
    heading: 'Too few are left',
    before: async (operator) => {
      await operator.kill('n2');
      await operator.kill('n3');
    },
    after: (operator) => operator.until('n1 is a cluster of its own', (status) => status.startsWith('healthy: n1 leads')),
  },
];

const fixedMaster: readonly Scene[] = [
  {
    heading: 'A fixed master and its secondaries',
    after: (operator) => operator.until('the master leads', (status) => status.startsWith('healthy: ')),
  },
  {
    heading: 'Replace the master of a static cluster',
    before: async (operator) => {
      assert.equal((await operator.run('rlog append before --w all')).status, 0);
      await operator.kill('master');
      await operator.kill('secondary-1');
    },
    after: async (operator) => {
      const { stdout } = await operator.run('rlog messages --url http://localhost:5001');
      assert.equal(stdout, '"before"\n');
    },
  },
];

const alone: readonly Scene[] = [{ heading: 'Certificates' }];

async function play(scenes: readonly Scene[]): Promise<void> {
  await using operator = await Operator.begin(isNotRun);
  for (const { heading, before, after } of scenes) {
    const own = blocks.filter((block) => block.heading === heading);
    assert.ok(own.length > 0, `the page has commands under "${heading}"`);
    try {
      await before?.(operator);
      for (const block of own) await operator.type(block);
      await after?.(operator);
    } catch (cause) {
      throw new Error(`"${heading}" of docs/operations.md: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }
}

test('every command of docs/operations.md is in a scene, or is not run for a reason', () => {
  const played = new Set([...equalNodes, ...fixedMaster, ...alone].map(({ heading }) => heading));
  const left = blocks
    .filter(({ heading }) => !played.has(heading))
    .flatMap(({ commands }) => commands.filter((command) => !isNotRun(command)));
  assert.deepEqual(left, []);
  for (const [pattern] of notRun)
    assert.ok(
      blocks.some(({ commands }) => commands.some((command) => pattern.test(command))),
      `${pattern} is on the page`,
    );
});

test('what docs/operations.md says of certificates is done by its commands', () => play(alone));

test('what docs/operations.md says of a fixed master is done by its commands', onlyLong, () => play(fixedMaster));

test('what docs/operations.md says of equal nodes is done by its commands', onlyLong, () => play(equalNodes));

test('nodes are started, one takes over from another, and one that is down comes back, as docs/operations.md says', onlyLong, () =>
  play(equalNodes.filter(({ heading }) => ['Equal nodes', 'Hand over', 'One node is down'].includes(heading))),
);
