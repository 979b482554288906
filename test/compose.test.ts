/** The compose files: each names what there is, and the nodes in it would start with the settings that it gives them. */

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { NodeKind } from '../src/config/config.ts';
import { loadConfig } from '../src/config/load.ts';
import { options } from '../src/config/options.ts';
import type { OptionSpec } from '../src/config/option-spec.ts';
import { repository } from './support/nodes.ts';
import { runRlog } from './support/rlog.ts';

interface Service {
  readonly build?: { readonly context: string; readonly target?: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly restart?: string;
  readonly stop_grace_period?: string;
  readonly logging?: { readonly options?: Readonly<Record<string, string>> };
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
}

const securePath = 'compose.secure.yaml';
const equalPath = 'compose.ha.yaml';
/** Of the commands in the containers. */
const ofCommands = ['RLOG_CA_FILE'];
const paths = globSync(['compose*.yaml', 'examples/*/docker-compose.{yml,yaml}'], { cwd: repository }).toSorted();

function read(path: string): ComposeFile {
  const text = readFileSync(join(repository, path), 'utf8');
  return parse(substituted(text, path), { merge: true }) as ComposeFile;
}

/** With the variables of `.env.example`, or else the defaults. */
function substituted(text: string, path: string): string {
  const examples = globSync(join(dirname(path), '.env.example'), { cwd: repository }).map((name) =>
    readFileSync(join(repository, name), 'utf8'),
  );
  const given = new Map([...examples.join('\n').matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
  return text.replaceAll(
    /\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}/g,
    (whole, name: string, fallback?: string) => given.get(name) ?? fallback ?? whole,
  );
}

function kindOf({ build, command }: Service): NodeKind {
  if (command?.[0] === 'node') return 'node';
  return build?.target === 'master' ? 'master' : 'secondary';
}

function textsOf(environment: Service['environment'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]));
}

test('there are compose files', () => {
  const examples = ['examples/seed-001/docker-compose.yaml', 'examples/seed-003/docker-compose.yml'];
  assert.deepEqual(paths, [equalPath, securePath, 'compose.yaml', ...examples]);
});

for (const path of paths) {
  test(`${path}: each node has settings that exist and fit together, and knows the others by the names of their services`, () => {
    const { services } = read(path);
    for (const [name, service] of Object.entries(services)) {
      const env = textsOf(service.environment);
      const kind = kindOf(service);
      const known = options.filter((option: OptionSpec) => option.kinds.includes(kind)).map(({ variable }): string => variable);
      for (const variable of Object.keys(env)) assert.ok([...known, ...ofCommands].includes(variable), `${name} has no ${variable}`);
      const machine = { hostname: name, addresses: [] };
      const { nodes, secondaries, masterUrls, advertisedUrl } = loadConfig(kind, {
        env: { RLOG_IMAGE: 'true', HOST: '0.0.0.0', ...env },
        machine,
      });
      assert.equal(new URL(advertisedUrl).hostname, name);
      for (const url of [...nodes, ...secondaries, ...masterUrls]) assert.ok(new URL(url).hostname in services, `${name}: ${url}`);
    }
  });

  test(`${path}: little of what the containers print is kept, ports are published on loopback, and volumes are declared`, () => {
    const { services, volumes = {} } = read(path);
    assert.equal(Object.keys(services).length, 3);
    for (const [name, { logging, ports = [], volumes: mounted = [] }] of Object.entries(services)) {
      assert.match(logging?.options?.['max-size'] ?? '', /^\d+m$/, name);
      assert.ok(logging?.options?.['max-file'] !== undefined, name);
      for (const port of ports) assert.match(port, /^127\.0\.0\.\d+:\d+:\d+$/, name);
      const folders = mounted.filter((each) => !each.startsWith('./')).map((each) => each.split(':'));
      assert.deepEqual(folders, [[folders[0]?.[0] ?? '', '/data']], name);
      for (const [volume = ''] of folders) assert.ok(volume in volumes, name);
    }
  });
}

test(`${equalPath}: three equal nodes that know the same list, each with a volume and a port of its own, and time to hand over`, () => {
  const services = Object.entries(read(equalPath).services);
  const lists = services.map(([, { environment }]) => environment?.['NODES']);
  assert.deepEqual([...new Set(lists)], [services.map(([name]) => `http://${name}:5000`).join(',')]);
  for (const [name, service] of services) {
    assert.equal(kindOf(service), 'node');
    assert.deepEqual(service.volumes, [`${name}:/data`]);
    const [, graceSeconds] = /^(\d+)s$/.exec(service.stop_grace_period ?? '') ?? [];
    assert.ok(Number(graceSeconds) >= 5, name);
    assert.deepEqual([service.restart, service.read_only, service.cap_drop], ['unless-stopped', true, ['ALL']]);
    assert.deepEqual(service.healthcheck?.test, ['CMD', 'rlog', 'health', 'http://localhost:5000']);
  }
  assert.equal(new Set(services.map(([, { ports }]) => ports?.[0])).size, services.length);
});

test(`${securePath}: what rlog init makes for its nodes is all that they name, and the containers may do nothing else`, async () => {
  const { services } = read(securePath);
  const folder = mkdtempSync(join(tmpdir(), 'rlog-compose-'));
  try {
    const [nodes] = new Set(Object.values(services).map(({ environment }) => String(environment?.['NODES'])));
    const secrets = join(folder, 'secrets');
    const { status, stderr } = await runRlog(['init', secrets, '--nodes', nodes ?? '']);
    assert.equal(status, 0, stderr);
    assert.ok(readFileSync(join(repository, securePath), 'utf8').includes(`rlog init secrets --nodes ${nodes}`));
    for (const [name, service] of Object.entries(services)) {
      const env = textsOf(service.environment);
      const [, mounted = '', at = ''] =
        service.volumes?.map((each) => /^\.\/secrets\/([^:/]+):([^:]+):ro$/.exec(each)).find((found) => found) ?? [];
      const files = Object.entries(env).filter(([variable]) => variable.endsWith('_FILE'));
      assert.equal(files.length, 6, name);
      for (const [variable, path] of files) {
        assert.equal(dirname(path), at, `${name}: ${variable}`);
        assert.ok(statSync(join(secrets, mounted, basename(path))).size > 0, `${name}: ${variable}`);
      }
      const certificate = new X509Certificate(readFileSync(join(secrets, mounted, 'cert.pem')));
      const asked = new URL(service.healthcheck?.test.at(-1) ?? '').hostname;
      for (const host of [new URL(env['ADVERTISED_URL'] ?? '').hostname, asked]) assert.equal(certificate.checkHost(host), host);
      const { read_only: isReadOnly, cap_drop: dropped, security_opt: limits } = service;
      assert.deepEqual([isReadOnly, dropped, limits], [true, ['ALL'], ['no-new-privileges:true']], name);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
