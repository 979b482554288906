/** `rlog dev` in a terminal of 80 by 24, as a newcomer sees it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append, messagesOf } from '../support/api.ts';
import { devPorts, portVariables } from '../support/dev.ts';
import { onlyLong } from '../support/long.ts';
import { TestCluster, cleanEnvironment, quickHealth, rlogPath } from '../support/nodes.ts';
import { Tmux, onlyWithTmux } from '../support/tmux.ts';
import { waitFor } from '../support/wait.ts';

/** @returns the terminal, and the URLs of the nodes and the page */
async function startInTerminal(cluster: TestCluster, args: string, env: Readonly<Record<string, string>> = {}) {
  const ports = await devPorts();
  const variables = { ...cleanEnvironment(), ...portVariables(ports), ...quickHealth, ...env };
  const terminal = new Tmux(`${rlogPath} dev ${args}`, { folder: cluster.folder, env: variables });
  return { terminal, urls: ports.slice(0, 3).map((port) => `http://127.0.0.1:${port}`), pageUrl: `http://localhost:${ports[3]}` };
}

/** The key (the number) of the node that the status block shows as the leader. */
function leaderIn(screen: readonly string[]): string {
  const [, key] = /^ (\d) \S+ +LEADS/m.exec(screen.join('\n')) ?? [];
  assert.ok(key !== undefined, screen.join('\n'));
  return key;
}

test('one key kills the leader, another node leads, and everything acknowledged is read back from it', onlyWithTmux, async () => {
  await using cluster = new TestCluster();
  const started = await startInTerminal(cluster, '--ha');
  using terminal = started.terminal;
  const { urls, pageUrl } = started;
  await terminal.shows(/n\d leads, in epoch 1: the log takes appends\./);
  const { screen } = terminal;
  assert.ok(screen.length <= 24 && screen.some((line) => line.includes(pageUrl)), 'the URL of the page is on the screen');
  const killed = leaderIn(screen);
  await terminal.shows(new RegExp(`Then press ${killed} here to kill n${killed}, and see which node takes over\\.`));
  const others = urls.filter((_url, index) => String(index + 1) !== killed);
  assert.equal((await append({ url: others[0] ?? '' }, 'before')).status, 201);
  terminal.press(killed);
  await terminal.shows(new RegExp(`n${killed} was killed \\(kill -9\\)\\. It was the leader: the others now elect a new one\\.`));
  await terminal.shows(new RegExp(`n[123] leads now, \\d+ ms after n${killed} was gone, in epoch \\d+\\.`));
  await terminal.shows(/Read back from n\d: the one acknowledged message is there\. Nothing was lost\./);
  assert.notEqual(leaderIn(terminal.screen), killed);
  assert.equal((await append({ url: others[1] ?? '' }, 'after')).status, 201);
  terminal.press(killed);
  await terminal.shows(new RegExp(`n${killed} is back, and has caught up with n\\d within \\d+ ms\\.`));
  assert.deepEqual(await messagesOf({ url: urls[Number(killed) - 1] ?? '' }), ['before', 'after']);
  terminal.press('q');
  await terminal.shows(/All nodes stopped\. The log is kept in data\/dev-ha: "rlog dev --ha" continues with it/);
});

test('the terminal shows help, appends, promotes a node, shows logs on request, and fits any size', {
  ...onlyLong,
  ...onlyWithTmux,
}, async () => {
  await using cluster = new TestCluster();
  const started = await startInTerminal(cluster, '--ha', { NO_COLOR: '1' });
  using terminal = started.terminal;
  await terminal.shows(/leads, in epoch 1/);
  assert.doesNotMatch(terminal.text, /node\.started|INFO/, 'the nodes’ logs are not shown unless asked for');
  terminal.press('a');
  await terminal.shows(/Writer \(a\): [1-9]\d* acknowledged/);
  const before = leaderIn(terminal.screen);
  const [next = '', other = ''] = ['1', '2', '3'].filter((key) => key !== before);
  terminal.press('p');
  await terminal.shows(new RegExp(`Promote which node\\? ${next} n${next} ${other} n${other} Esc cancel`));
  terminal.press('Escape');
  await waitFor('the keys are back', () => (terminal.screen.at(-1) ?? '').endsWith(' q quit'));
  terminal.press('p');
  terminal.press(other);
  await terminal.shows(new RegExp(`n${other} leads now, in epoch 2: n\\d handed over within \\d+ ms\\.`));
  await terminal.shows(
    /Read back from n\d: (all \d+ acknowledged messages are|the one acknowledged message is) there\. Nothing was lost\./,
  );
  terminal.press('l');
  terminal.press('?');
  await terminal.shows(/make another node the leader/);
  const logged = terminal.text.length;
  await waitFor('the nodes log more', () => terminal.text.length > logged + 200);
  assert.match(terminal.screen.join('\n'), /^p +make another node the leader/m, 'the help stays where it is');
  terminal.press('l');
  await waitFor('a key takes it away', () => !terminal.screen.some((line) => line.includes('make another node')));
  assert.doesNotMatch(terminal.painted, /\[[0-9;]*3[1-6]m/, 'NO_COLOR');
  terminal.resize(50, 12);
  const lastLine = (): string => terminal.screen.at(-1) ?? '';
  await waitFor('the keys are in the last line, as far as there is room', () => /^ 1-3 kill\/start .*…$/.test(lastLine()));
  terminal.press('a');
  await terminal.shows(/The writer stopped: \d+ messages were acknowledged/);
  assert.match(lastLine(), /^ 1-3 kill\/start .*…$/);
  assert.ok(terminal.screen.length <= 12);
  terminal.resize(80, 24);
  await waitFor('all of them are', () => lastLine().endsWith(' q quit'));
  terminal.press('l');
  terminal.press(leaderIn(terminal.screen));
  // The rest of the line is broken at the edge of the terminal.
  await terminal.shows(/WARN: n\d lost contact with its leader/);
  terminal.press('q');
  await terminal.shows(/All nodes stopped/);
});

test('with a fixed master the terminal says which appends wait, that no node replaces the master, and how to see one that does', {
  ...onlyLong,
  ...onlyWithTmux,
}, async () => {
  await using cluster = new TestCluster();
  const started = await startInTerminal(cluster, '');
  using terminal = started.terminal;
  const { urls } = started;
  await terminal.shows(/master leads, in epoch 1/);
  terminal.press('2');
  await terminal.shows(/secondary1 was killed \(kill -9\)\. Appends with w=all now wait for it: press 2 to start it\./);
  const waits = append({ url: urls[0] ?? '' }, 'for all', { w: 'all' });
  terminal.press('2');
  await terminal.shows(/secondary1 is back, and has caught up with master/);
  assert.equal((await waits).status, 201);
  terminal.press('1');
  await terminal.shows(/Only the master leads here, .* press 1 to start it\. To see another node take over: rlog dev --ha\./);
  terminal.press('1');
  await terminal.shows(/master leads again after \d+ (ms|s), in epoch 2\. Read back from master: the one acknowledged/);
  terminal.press('q');
  await terminal.shows(/All nodes stopped\. The log is kept in data\/dev: /);
});
