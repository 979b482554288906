/** The command line, as a person or a script uses it. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { append, ask, healthOf, messagesOf } from '../support/api.ts';
import { devPorts, pidsIn, portVariables, startDev } from '../support/dev.ts';
import { TestCluster, cleanEnvironment, isReady, rlogPath, startThree } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import type { ThreeNodes } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

let nodes: ThreeNodes;

before(async () => {
  nodes = await startThree();
});

after(async () => {
  await nodes.cluster[Symbol.asyncDispose]();
});

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function rlog(args: readonly string[], input = '', env: Readonly<Record<string, string>> = {}): Ran {
  const { status, stdout, stderr } = spawnSync(rlogPath, args, {
    encoding: 'utf8',
    input,
    // A command that hangs must fail its test, and not hang it.
    timeout: 60_000,
    killSignal: 'SIGKILL',
    env: { ...cleanEnvironment(), RLOG_URL: nodes.master.url, ...env },
  });
  return { status, stdout, stderr };
}

test('append takes arguments or lines of standard input, and messages prints them', async () => {
  assert.deepEqual(rlog(['append', 'one', 'two words']), {
    status: 0,
    stdout: 'appended at offsets 0 to 1, held by 3 nodes\n',
    stderr: '',
  });
  assert.equal(rlog(['append', '--w', 'majority', '--url', nodes.s1.url], 'three\nfour "quoted"\n').status, 0);
  const json = JSON.parse(rlog(['append', '--values', '--json', '--w', '1', '{"n": 5}']).stdout) as Record<string, unknown>;
  assert.deepEqual([json['offset'], json['count'], json['w']], [4, 1, 1]);
  const lines = ['"one"', '"two words"', '"three"', '"four \\"quoted\\""', '{"n":5}'];
  await waitFor('s2 has all', async () => (await messagesOf(nodes.s2)).length === 5);
  assert.equal(rlog(['messages', '--url', nodes.s2.url]).stdout, `${lines.join('\n')}\n`);
  assert.equal(rlog(['messages', '--from', '1', '--limit', '2']).stdout, `${lines.slice(1, 3).join('\n')}\n`);
  const entries = rlog(['messages', '--json', '--from', '4']).stdout;
  assert.equal((JSON.parse(entries) as { offset: number }).offset, 4);
  const again = rlog(['append', '--key', 'k', 'keyed']);
  assert.equal(rlog(['append', '--key', 'k', 'keyed']).stdout, again.stdout);
});

test('append and messages split at newlines only: other line separators stay in the message', async () => {
  const { master } = nodes;
  const count = (await messagesOf(master)).length;
  const given = ['one\u2028two', 'three\u2029four\u0085five', 'six\rseven'];
  assert.equal(
    rlog(['append'], given.map((line) => `${line}\r\n`).join('')).stdout,
    `appended at offsets ${count} to ${count + 2}, held by 3 nodes\n`,
  );
  assert.deepEqual((await messagesOf(master)).slice(count), given);
  const raw = '{"message":"L1\u2028L2"}';
  await ask(master, '/messages', { method: 'POST', headers: { 'content-type': 'application/json' }, body: raw });
  const last = ['--from', String(count + 3)];
  assert.equal(rlog(['messages', ...last]).stdout, '"L1\\u2028L2"\n');
  assert.equal(rlog(['messages', '--raw', ...last]).stdout, 'L1\u2028L2\n');
  assert.equal((JSON.parse(rlog(['messages', '--json', ...last]).stdout) as { message: string }).message, 'L1\u2028L2');
});

test('an argument of append --values is one JSON value, even on several lines', async () => {
  const { status, stderr } = rlog(['append', '--values', '{\n "a": 1.0,\r\n "b": "\\n"\n}', '[\n2\n]']);
  assert.deepEqual([status, stderr], [0, '']);
  assert.deepEqual((await messagesOf(nodes.master)).slice(-2), [{ a: 1, b: '\n' }, [2]]);
});

test('a very deeply nested message is printed as it was sent', onlyLong, () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  assert.equal(rlog(['append', '--values'], deep).status, 0);
  const { status, stdout, stderr } = rlog(['get']);
  assert.deepEqual([status, stderr], [0, '']);
  assert.ok(stdout.endsWith(`  ${deep}\n`));
  assert.ok(rlog(['get', '--json']).stdout.endsWith(`,${deep}]}\n`));
  assert.ok(rlog(['demo', nodes.master.url]).stdout.includes(`      ${deep}\n`));
});

for (const dialect of ['envelope', 'objects']) {
  test(`the commands work with a node of the dialect ${dialect}, and a request may ask for another dialect`, onlyLong, async () => {
    await using cluster = new TestCluster();
    const node = cluster.add({ kind: 'master', port: await freePort(), args: ['--memory'], env: { API_DIALECT: dialect } });
    await node.start();
    await isReady(node);
    const at = ['--url', node.url];
    assert.equal(rlog(['append', 'x', ...at]).stdout, 'appended at offset 0, held by 1 node\n');
    assert.deepEqual(JSON.parse(rlog(['append', 'y', '--json', ...at]).stdout), { offset: 1, count: 1, w: 'all', acks: 1, epoch: 1 });
    assert.match(rlog(['post', 'z', ...at]).stdout, /: \{"offset":2,"w":"all","acks":1,"epoch":1\}\n$/);
    assert.equal(rlog(['get', node.url]).stdout, `3 messages on ${node.url}\n  0  "x"\n  1  "y"\n  2  "z"\n`);
    assert.equal(rlog(['get', '--json', node.url]).stdout, '{"messages":["x","y","z"]}\n');
    assert.equal(rlog(['messages', ...at]).stdout, '"x"\n"y"\n"z"\n');

    const body = JSON.stringify({ message: 'not stored' });
    for (const [path, method] of [
      ['/messages', 'POST'],
      ['/replicate', 'POST'],
      ['/messages', 'GET'],
      ['/health', 'GET'],
    ] as const) {
      const headers = { 'content-type': 'application/json', 'rlog-dialect': 'soap' };
      const refused = await ask(node, path, { method, headers, ...(method === 'POST' ? { body } : {}) });
      assert.deepEqual([refused.status, refused.json['code']], [400, 'bad-request'], path);
    }
    const asked = async (name: string): Promise<unknown> =>
      (await ask(node, '/messages?limit=1', { headers: { 'rlog-dialect': name } })).json;
    assert.deepEqual(await asked('native'), { messages: ['x'] });
    assert.deepEqual(await asked('envelope'), { status_code: 200, message: 'Messages fetched successfully', data: [{ text: 'x' }] });
    assert.deepEqual(Object.keys(((await asked('objects')) as { messages: object[] }).messages[0] ?? {}), ['id', 'message', 'timestamp']);
    assert.equal((await healthOf(node)).message_count, 3);
  });
}

test('an error is one line, and is printed once', onlyLong, async () => {
  const port = await freePort();
  for (const args of [['status'], ['messages'], ['append', 'x'], ['health'], ['members'], ['post', 'x'], ['get']]) {
    const { status, stderr, stdout } = rlog(args, '', { RLOG_URL: `http://127.0.0.1:${port}` });
    assert.equal(status, 4, args.join(' '));
    assert.match(stderr, new RegExp(`^rlog: no answer from http://127\\.0\\.0\\.1:${port}/\\w+: connection refused\n$`), args.join(' '));
    assert.equal(stdout, '');
  }
  assert.match(rlog(['append', '--w', 'most', 'x']).stderr, /^rlog: --w must be a positive whole number.*, not "most"\n$/);
  assert.match(rlog(['append', '--values', '{x']).stderr, /^rlog: a message is not a JSON value: "\{x"\n$/);
  assert.match(rlog(['verify', '/nowhere/at/all']).stderr, /^rlog: \/nowhere\/at\/all is not a folder\n$/);
  const wrong = rlog(['master', '--port', 'http', '--heartbeat-interval-ms', '900'], '', {
    SECONDARIES: 'x',
    CLUSTER_SECRET: 's',
    REPLICATION_DELAY: '1',
    SECONDARY_DELAYS: '2',
  });
  assert.equal(wrong.status, 2);
  for (const name of ['--port', 'SECONDARIES', 'CLUSTER_SECRET', 'REPLICATION_DELAY and SECONDARY_DELAYS', 'HEARTBEAT_INTERVAL_MS']) {
    assert.ok(wrong.stderr.includes(`  ${name}: `), `${name} is among\n${wrong.stderr}`);
  }
  const busy = rlog(['master', '--memory'], '', { MASTER_PORT: String(nodes.master.spec.port) });
  assert.equal(busy.status, 1);
  assert.match(busy.stderr, new RegExp(`^rlog: port ${nodes.master.spec.port} on 127\\.0\\.0\\.1 is in use\n$`));
  // Conda sets HOST to something that is not an address.
  const foreign = rlog(['master', '--memory'], '', { HOST: '192.0.2.1', MASTER_PORT: String(port) });
  assert.equal(foreign.status, 2);
  assert.match(foreign.stderr, /^rlog: HOST: this machine has no address "192\.0\.2\.1"; .*\n$/);
});

test('a node in a container decides by its settings if it has any, and its health check finds it', onlyLong, () => {
  const { master, s1 } = nodes;
  const asked = [
    [rlog(['health', '--by-name', 'master'], '', { MASTER_PORT: String(master.spec.port) }), master.id],
    [rlog(['health', '--by-name', 'secondary'], '', { SECONDARY_PORT: String(s1.spec.port) }), s1.id],
  ] as const;
  for (const [{ status, stdout }, id] of asked) assert.deepEqual([status, stdout.split(' ')[0]], [0, id]);
  const { status, stdout } = rlog(['by-name'], '', { MEMORY: 'true', HOST: '192.0.2.1', SERVER_ID: 'n' });
  const [first = ''] = stdout.split('\n');
  const { msg, kind, because } = JSON.parse(first) as Record<string, unknown>;
  assert.deepEqual([status, msg, kind, because], [2, 'role.by-default', 'master', 'SERVER_ID is set']);
});

test('for an impossible log file or data folder there is one line that names the variable and the path', onlyLong, () => {
  for (const [variable, path] of [
    ['LOG_FILE', tmpdir()],
    ['DATA_DIR', '/proc/no-such'],
    ['DATA_DIR', rlogPath],
  ] as const) {
    const { status, stdout, stderr } = rlog(['master', ...(variable === 'LOG_FILE' ? ['--memory'] : [])], '', { [variable]: path });
    assert.deepEqual([status, stdout], [1, ''], variable);
    assert.match(stderr, new RegExp(`^rlog: ${variable}: ${path} cannot be .*\n$`));
  }
});

test('tail prints the last messages, and with -f continues after a restart of its node', onlyLong, async () => {
  const { cluster, master, s1 } = await startThree();
  await using _ = cluster;
  const env = { RLOG_URL: s1.url };
  const sent = Array.from({ length: 12 }, (_unused, n) => `n ${n} \u2028`);
  rlog(['append', ...sent, '--url', master.url]);
  await waitFor('the node has all', async () => (await healthOf(s1)).ends.committedEnd === 12);
  const text = (messages: readonly string[]): string =>
    messages.map((message) => `${JSON.stringify(message).replaceAll('\u2028', '\\u2028')}\n`).join('');
  assert.deepEqual(rlog(['tail'], '', env), { status: 0, stdout: text(sent.slice(2)), stderr: '' });
  assert.equal(rlog(['tail', '-n', '1'], '', env).stdout, text(sent.slice(11)));
  assert.equal(rlog(['tail', '--from', '10', '--read', 'default'], '', env).stdout, text(sent.slice(10)));
  assert.equal((JSON.parse(rlog(['tail', '-n', '1', '--json'], '', env).stdout) as { offset: number }).offset, 11);
  for (const wrong of [
    ['-n', 'x'],
    ['--from', '-1'],
    ['--read', 'soon'],
    ['--url', 'http://127.0.0.1:1'],
  ]) {
    const { status, stderr } = rlog(['tail', ...wrong], '', env);
    assert.equal(status, wrong[0] === '--url' ? 4 : 2);
    assert.match(stderr, /^(rlog|error): .+\n/);
  }

  const child = spawn(rlogPath, ['tail', '-f', '-n', '2'], { env: { ...cleanEnvironment(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, said] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  try {
    await waitFor('it printed the last two', () => output === text(sent.slice(10)));
    rlog(['append', 'live', '--url', master.url]);
    await waitFor('it printed what came', () => output === text([...sent.slice(10), 'live']));
    await s1.kill();
    await waitFor('it says so', () => said.includes('trying again'));
    rlog(['append', 'meanwhile', '--w', 'majority', '--url', master.url]);
    await s1.start();
    await waitFor('it goes on', () => output === text([...sent.slice(10), 'live', 'meanwhile']));
  } finally {
    child.kill();
    await exited;
  }
});

test('status and members show all members as the leader sees them, whichever node is asked', onlyLong, () => {
  for (const node of [nodes.master, nodes.s1]) {
    const { stdout } = rlog(['status', '--url', node.url]);
    assert.match(stdout, /^healthy: master leads epoch 1 since /);
    for (const name of ['master', 's1', 's2']) assert.match(stdout, new RegExp(`^${name} .*healthy`, 'm'));
  }
  const json = JSON.parse(rlog(['status', '--json']).stdout) as { members: { id: string }[] };
  assert.deepEqual(json.members.map((member) => member.id).toSorted(), ['master', 's1', 's2']);
  assert.equal((JSON.parse(rlog(['members', '--json']).stdout) as unknown[]).length, 3);
  assert.match(rlog(['health', nodes.s2.url]).stdout, /^s2 healthy, follower, \d+ messages\n$/);
  assert.match(rlog(['members', 'remove', 'nobody']).stderr, /not-found/);
  assert.match(rlog(['members', 'remove', 's2', '--force', '--yes']).stderr, /quorum-present/);
});

test('demo, post and get do the same as the test client of seed 002', () => {
  const urls = [nodes.master.url, nodes.s1.url, nodes.s2.url];
  const { status, stdout } = rlog(['demo', ...urls]);
  assert.equal(status, 0);
  for (const part of ['Health', 'Appends, each answered', 'The last messages on each node', 'Demo message 3', ...urls])
    assert.ok(stdout.includes(part), part);
  assert.match(rlog(['post', 'Hello World']).stdout, /^posted in \d+\.\d\d s: \{"offset":\d+,"w":"all","acks":3,"epoch":1\}\n$/);
  assert.match(rlog(['get', nodes.s1.url]).stdout, /"Hello World"\n$/);
  assert.match(rlog(['get']).stdout, /^\d+ messages on /);
});

test('a command ends without an error when nothing reads its output any longer', () => {
  const { status, stderr } = spawnSync('sh', ['-c', `"$1" messages | head -1`, 'sh', rlogPath], {
    encoding: 'utf8',
    env: { ...cleanEnvironment(), RLOG_URL: nodes.master.url },
  });
  assert.deepEqual([status, stderr], [0, '']);
});

test('append continues when nothing reads its output, and output that cannot be written is an error', async () => {
  const countBefore = (await healthOf(nodes.master)).message_count;
  const env = { ...cleanEnvironment(), RLOG_URL: nodes.master.url };
  const piped = spawnSync('sh', ['-c', `seq 3000 | "$1" append --w 1 | true`, 'sh', rlogPath], { encoding: 'utf8', env });
  assert.deepEqual([piped.status, piped.stderr], [0, '']);
  await waitFor('all of it is there', async () => (await healthOf(nodes.master)).message_count === countBefore + 3000);
  if (!existsSync('/dev/full')) return;
  const full = spawnSync('sh', ['-c', `"$1" append x > /dev/full`, 'sh', rlogPath], { encoding: 'utf8', env });
  assert.equal(full.status, 1);
  assert.match(full.stderr, /^rlog: standard output cannot be written: .*ENOSPC.*\n$/);
});

async function areGone(pids: readonly number[]): Promise<void> {
  await waitFor(`${pids.join(', ')} are gone`, () => pids.every((pid) => !existsSync(`/proc/${pid}`)));
}

async function isServing(port: number | undefined): Promise<boolean> {
  try {
    return (await healthOf({ url: `http://127.0.0.1:${port ?? 0}` })).status === 'healthy';
  } catch {
    return false;
  }
}

test('dev ends its nodes when nothing reads its output any longer, and when its terminal is closed', onlyLong, async () => {
  await using cluster = new TestCluster();
  const ports = await devPorts();
  const unread = startDev(cluster, [], { ports });
  await waitFor('it serves', () => isServing(ports[0]));
  const pids = pidsIn(unread.output());
  assert.equal(pids.length, 3);
  unread.child.stdout?.destroy();
  // A key makes it print something, if it has not already.
  unread.child.stdin?.on('error', () => undefined);
  unread.child.stdin?.write('2');
  assert.equal(await unread.exited, 0);
  await areGone(pids);

  const closed = startDev(cluster, [], { ports });
  await waitFor('it serves again', () => isServing(ports[0]));
  closed.child.kill('SIGHUP');
  assert.equal(await closed.exited, 0);
  await areGone(pidsIn(closed.output()));
});

test('dev does not touch the folders of a running dev, even on other ports', onlyLong, async () => {
  await using cluster = new TestCluster();
  const ports = await devPorts();
  const first = startDev(cluster, [], { ports });
  await waitFor('it serves', () => isServing(ports[0]));
  assert.equal(rlog(['append', 'kept', '--url', `http://127.0.0.1:${ports[0]}`]).status, 0);
  const others = await devPorts();
  for (const args of [['--fresh'], []]) {
    const second = startDev(cluster, args, { ports: others });
    assert.equal(await second.exited, 1);
    const why = new RegExp(
      `^rlog: data/dev is in use by another "rlog dev" \\(pid ${first.child.pid}; its page is http://localhost:${ports[3]}\\): press q in its terminal first`,
    );
    await waitFor('it says why', () => why.test(second.output()));
  }
  first.child.stdin?.write('q');
  assert.equal(await first.exited, 0);
  const again = startDev(cluster, [], { ports: others });
  await waitFor(
    'all is still there',
    async () => (await isServing(others[1])) && (await messagesOf({ url: `http://127.0.0.1:${others[1]}` })).length === 1,
  );
  again.child.stdin?.write('q');
  assert.equal(await again.exited, 0);
});

test('dev refuses more nodes than it has keys for, and a base port that is too high', onlyLong, () => {
  for (const args of [
    ['--nodes', '0'],
    ['--nodes', '10'],
    ['--nodes', 'x'],
    ['--base-port', '65500'],
    ['--nodes', '5', '--delays', '1,1,1,1,1'],
  ]) {
    const { status, stderr } = rlog(['dev', ...args], 'q');
    assert.deepEqual([status, stderr.startsWith(`rlog: ${args.at(-2) ?? ''}`)], [2, true], stderr);
  }
});

test('dev refuses invalid delays before it starts anything', onlyLong, () => {
  for (const [delays, part] of [
    ['abc,1', 'abc'],
    ['1,-1', '-1'],
    ['1e3', '1e3'],
  ] as const) {
    const { status, stdout, stderr } = rlog(['dev', `--delays=${delays}`], 'q');
    assert.deepEqual([status, stdout, stderr], [2, '', `rlog: --delays: seconds from 0 to 3600, like 2.0, not "${part}"\n`]);
  }
  assert.equal(rlog(['dev', '--delays=1,2,3'], 'q').status, 2);
});

test('verify finds what a start would refuse, and recognises a folder that is not a data folder', onlyLong, async () => {
  await using cluster = new TestCluster();
  const node = await cluster.add({ kind: 'master', port: await freePort() }).start();
  await isReady(node);
  assert.equal((await append(node, 'one')).status, 201);
  await node.stop();
  const check = (): Ran => rlog(['verify', node.dataDir]);
  assert.match(check().stdout, /^sound: 1 entry in/);
  const segment = join(node.dataDir, readdirSync(node.dataDir).find((name) => /^\d{20}\.log$/.test(name)) ?? '');
  const state = join(node.dataDir, 'state.json');
  for (const [missing, pattern] of [
    [segment, /state\.json: it names cluster .*, and there are no segments/],
    [state, /state\.json: it is missing beside segments that hold a log/],
  ] as const) {
    const bytes = readFileSync(missing);
    renameSync(missing, join(cluster.folder, 'aside'));
    const { status, stdout } = check();
    assert.equal(status, 1);
    assert.match(stdout, /^damaged: /);
    assert.match(stdout, pattern);
    assert.equal((JSON.parse(rlog(['verify', '--json', node.dataDir]).stdout) as { damage: string }).damage.match(pattern)?.length, 1);
    node.output = '';
    node.spawn();
    assert.equal((await node.exited()).code, 1);
    assert.match(node.output, pattern);
    writeFileSync(missing, bytes);
  }
  assert.equal(check().status, 0);
  const other = join(cluster.folder, 'other');
  mkdirSync(other);
  writeFileSync(join(other, 'access.log'), 'none of ours');
  const { status, stdout, stderr } = rlog(['verify', other]);
  assert.deepEqual(
    [status, stdout, stderr],
    [2, '', `rlog: ${other} is not a data folder: it has neither a state file nor segments of a log\n`],
  );
  assert.deepEqual(readdirSync(other), ['access.log']);
});

test('dev runs three nodes, kills and starts them by their keys, keeps their data, and ends with q', onlyLong, async () => {
  await using cluster = new TestCluster();
  const ports = await devPorts();
  const [master, s1] = ports.map((port) => ({ url: `http://127.0.0.1:${port}` }));
  assert.ok(master !== undefined && s1 !== undefined);
  const first = startDev(cluster, ['--delays', '0.3,0.2'], { ports });
  const isUp = async (node: { url: string }): Promise<boolean> => {
    try {
      return (await healthOf(node)).status === 'healthy';
    } catch {
      return false;
    }
  };
  await waitFor('the cluster is up', () => isUp(master));
  for (const [index, name] of ['master', 'secondary1', 'secondary2'].entries()) {
    assert.match(
      first.output(),
      new RegExp(`^${index + 1} +${name} +\\d+ +http://127\\.0\\.0\\.1:${ports[index]} +data/dev/${name}$`, 'm'),
    );
  }
  const begunAt = performance.now();
  assert.equal(rlog(['append', 'kept', '--url', master.url]).status, 0);
  assert.ok(performance.now() - begunAt >= 300, 'the delays are on');
  await waitFor('the append is in the log', () => first.output().includes('append.answered'));

  first.child.stdin?.write('2');
  await waitFor(
    'it is gone',
    () => first.output().includes('secondary1 ended (SIGKILL)') || /secondary1 +ended \(SIGKILL\)/.test(first.output()),
  );
  first.child.stdin?.write('2');
  await waitFor('it is back', () => isUp(s1));
  await waitFor('it has what it had', async () => (await messagesOf(s1)).length === 1);
  const busy = rlog(['dev'], '', portVariables(ports));
  assert.equal(busy.status, 1);
  const holder = process.platform === 'linux' ? ' by "node main\\.[jt]s master" \\(pid \\d+\\)' : '';
  assert.match(
    busy.stderr,
    new RegExp(
      `^rlog: port ${ports[0]}, for master, is in use${holder}\\. On other ports, with a log of its own: rlog dev --base-port \\d+\n$`,
    ),
  );
  const lab = ports[3] ?? 0;
  const [one, two, three] = [await freePort(), await freePort(), await freePort()];
  for (const [labPort, what] of [
    [lab, 'the page'],
    [lab - 1, 'the link to master'],
  ] as const) {
    const { status, stderr } = rlog(['dev'], '', portVariables([one, two, three, labPort]));
    assert.equal(status, 1);
    assert.match(
      stderr,
      new RegExp(`^rlog: port ${lab}, for ${what}, is in use.* On other ports, with a log of its own: rlog dev --base-port \\d+\n$`),
    );
  }
  first.child.stdin?.write('q');
  assert.equal(await first.exited, 0);
  assert.ok(existsSync(join(cluster.folder, 'data', 'dev', 'master', 'master.log')));
  assert.ok(existsSync(join(cluster.folder, 'data', 'dev', 'secondary1', 'secondary.log')));

  const second = startDev(cluster, [], { ports });
  await waitFor('it is up again', () => isUp(master));
  await waitFor('with the message of before', async () => (await messagesOf(master)).length === 1);
  second.child.kill('SIGTERM');
  assert.equal(await second.exited, 0);

  const fresh = startDev(cluster, ['--fresh'], { ports });
  await waitFor('it is up, and empty', async () => (await isUp(master)) && (await messagesOf(master)).length === 0);
  fresh.child.stdin?.write('q');
  assert.equal(await fresh.exited, 0);
});
