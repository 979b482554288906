/** A node needs nothing of its system but its folder: as in a container with a read-only root and no capabilities. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cleanEnvironment, repository, rlogPath } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { waitFor } from '../support/wait.ts';

/** Runs what follows with a file system in which only the first argument, a folder, can be written to; and with no rights but a user's. */
const lockedDown = `
data=$1
shift
mount --bind "$data" "$data" || exit 77
findmnt -rno TARGET | grep -vE '^/(proc|sys|dev)(/|$)' | grep -vxF "$data" | while read -r target; do mount -o remount,bind,ro "$target"; done
touch "$data/writable" && rm "$data/writable" || exit 77
if touch "$PWD/writable" 2>/dev/null; then exit 77; fi
exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all --ambient-caps=-all "$@"
`;
const inside = (folder: string, ...command: readonly string[]): string[] => ['--mount', 'sh', '-c', lockedDown, 'sh', folder, ...command];

function whyNot(): string | false {
  const folder = mkdtempSync(join(tmpdir(), 'rlog-locked-'));
  const { status } = spawnSync('unshare', inside(folder, 'true'), { cwd: repository, stdio: 'ignore' });
  rmSync(folder, { recursive: true });
  return status === 0 ? false : 'no read-only file system can be made here';
}

test('a node runs with a read-only file system, no capabilities and no new privileges', { skip: whyNot() }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rlog-locked-'));
  const url = `http://127.0.0.1:${await freePort()}`;
  const env = { ...cleanEnvironment(), NODE_PORT: new URL(url).port, DATA_DIR: join(folder, 'log') };
  const node = spawn('unshare', inside(folder, rlogPath, 'node'), { cwd: repository, env, stdio: 'ignore' });
  const exit = once(node, 'exit');
  try {
    await waitFor('it serves', () =>
      fetch(`${url}/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    const status = readFileSync(`/proc/${node.pid}/status`, 'utf8');
    for (const line of [/^CapEff:\s+0+$/m, /^CapBnd:\s+0+$/m, /^NoNewPrivs:\s+1$/m]) assert.match(status, line);
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"message":"kept"}' };
    assert.equal((await fetch(`${url}/messages`, init)).status, 201);
    const health = spawnSync('unshare', inside(folder, rlogPath, 'health'), {
      cwd: repository,
      env: { ...env, RLOG_URL: url },
      encoding: 'utf8',
    });
    assert.equal(health.status, 0, health.stderr);
    node.kill('SIGTERM');
    assert.deepEqual(await exit, [0, null]);
    assert.ok(readdirSync(join(folder, 'log')).length > 0);
  } finally {
    node.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
});

test('the image says what it is, stops by SIGTERM, and has a user, a folder and a health check of its own', () => {
  const { version, license } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as Readonly<Record<string, string>>;
  const text = readFileSync(join(repository, 'Dockerfile'), 'utf8');
  const labels = new Map(
    [...text.matchAll(/org\.opencontainers\.image\.([a-z.]+)=("[^"]*"|\S+)/g)].map(([, name = '', value = '']) => [
      name,
      value.replaceAll('"', ''),
    ]),
  );
  assert.deepEqual([labels.get('title'), labels.get('version'), labels.get('licenses')], ['replicated-log', version, license]);
  assert.ok(text.includes(`FROM ${labels.get('base.name')?.replace('docker.io/library/', '')} AS node`));
  const stage = text.slice(text.indexOf(' AS node\n'), text.indexOf(' AS replica\n'));
  for (const line of ['USER node', 'STOPSIGNAL SIGTERM', 'VOLUME /data', 'ENTRYPOINT ["rlog"]'])
    assert.ok(stage.includes(`\n${line}\n`), line);
  const targets = text.split(/^FROM /m).slice(3);
  assert.equal(targets.length, 3);
  for (const target of targets) assert.match(target, /^HEALTHCHECK .* CMD \["rlog", "health"/m);
});
