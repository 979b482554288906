import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scenarios } from './catalogue.ts';
import { helpText, parseOptions, UsageError } from './options.ts';
import { Results } from './results.ts';

test('by default all scenarios but the long ones run, and with --full the long ones too', () => {
  const names = (args: readonly string[]): string[] => parseOptions(args)?.scenarios.map(({ name }) => name) ?? [];
  assert.ok(!names([]).includes('growth'));
  assert.ok(names(['--full']).includes('growth'));
  assert.deepEqual(names(['--only', 'growth,single']), ['single', 'growth']);
});

test('with --memory those run that have goals in memory, unless others are named', () => {
  const named = parseOptions(['--memory', '--only', 'reading']);
  assert.equal(named?.isInMemory, true);
  assert.deepEqual(
    named.scenarios.map(({ name }) => name),
    ['reading'],
  );
  const unnamed = parseOptions(['--memory'])?.scenarios ?? [];
  for (const scenario of scenarios) {
    const hasGoals = scenario.judge(new Results()).some(({ wanted }) => wanted.memory !== undefined);
    assert.equal(unnamed.includes(scenario), hasGoals, scenario.name);
  }
});

test('help names every scenario', () => {
  assert.equal(parseOptions(['--help']), undefined);
  for (const { name } of scenarios) assert.ok(helpText().includes(`\n  ${name} `), name);
});

test('unknown scenarios and options, and bad numbers, are refused', () => {
  for (const args of [
    ['--only', 'nonsense'],
    ['--nonsense'],
    ['--rounds', '0'],
    ['--rounds', '1.5'],
    ['--seconds', '-1'],
    ['--quick', '--full'],
    ['single'],
  ])
    assert.throws(() => parseOptions(args), UsageError, args.join(' '));
});
