/**
 * The manifests of deploy/kubernetes: the API would take them, and the nodes in them would start with the settings that they
 * give, find each other, and be asked at routes that there are. Overlays are rendered by kubectl or kustomize.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { version } from '../src/api/version.ts';
import type { Config } from '../src/config/config.ts';
import { loadConfig } from '../src/config/load.ts';
import { options } from '../src/config/options.ts';
import type { OptionSpec } from '../src/config/option-spec.ts';
import { operations } from '../src/http/openapi/operations.ts';
import { mistakesIn, renderedFrom, writtenIn } from './support/manifests.ts';
import type { Manifest, Manifests } from './support/manifests.ts';
import { repository } from './support/nodes.ts';
import { runRlog } from './support/rlog.ts';

const source = join(repository, 'deploy/kubernetes');
/** Of the commands in the containers. */
const ofCommands = ['RLOG_URL', 'RLOG_CA_FILE'];
const noRenderer = 'neither kubectl nor kustomize is installed';

let folder: string;
let securePath: string;

/** A copy, so that secrets for the overlay do not come into the repository. */
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rlog-kubernetes-'));
  cpSync(source, folder, { recursive: true, filter: (path) => !path.endsWith('/tls') });
  securePath = join(folder, 'secure');
  const [, made = '', nodes = ''] =
    /rlog init (\S+) --nodes (\S+)/.exec(readFileSync(join(securePath, 'kustomization.yaml'), 'utf8')) ?? [];
  const { status, stderr } = await runRlog(['init', join(securePath, made), '--nodes', nodes]);
  assert.equal(status, 0, stderr);
});

after(() => {
  rmSync(folder, { recursive: true });
});

function containerOf({ statefulSet }: Manifests) {
  const [container, ...others] = statefulSet.spec?.template.spec?.containers ?? [];
  assert.ok(container !== undefined && others.length === 0);
  return container;
}

/**
 * The environment of one pod, as the kubelet makes it: `$(NAME)` is what stands above it in the list, and stays as it is if
 * there is no such thing.
 */
function environmentOf(manifests: Manifests, pod: { readonly name: string; readonly namespace: string }): Record<string, string> {
  const fields: Readonly<Record<string, string>> = { 'metadata.name': pod.name, 'metadata.namespace': pod.namespace };
  const env: Record<string, string> = {};
  for (const { name, value = '', valueFrom } of containerOf(manifests).env ?? []) {
    const field = valueFrom?.fieldRef?.fieldPath;
    env[name] =
      field === undefined ? value.replaceAll(/\$\((\w+)\)/g, (whole, other: string) => env[other] ?? whole) : (fields[field] ?? '');
  }
  return env;
}

/** What the nodes of all pods would be started with. */
function configsOf(manifests: Manifests, namespace: string): Config[] {
  const { replicas = 0 } = manifests.statefulSet.spec ?? {};
  const [kind, ...others] = containerOf(manifests).args ?? [];
  assert.deepEqual([kind, others], ['node', []]);
  return Array.from({ length: replicas ?? 0 }, (_, ordinal) => {
    const name = `rlog-${ordinal}`;
    const env = environmentOf(manifests, { name, namespace });
    return loadConfig('node', { env: { RLOG_IMAGE: 'true', HOST: '0.0.0.0', ...env }, machine: { hostname: name, addresses: [] } });
  });
}

/** What the containers see of their secrets, by path. */
function filesOf(manifests: Manifests): Map<string, string> {
  const mounts = containerOf(manifests).volumeMounts ?? [];
  const volumes = manifests.statefulSet.spec?.template.spec?.volumes ?? [];
  return new Map(
    volumes.flatMap(({ name: volume, secret }) => {
      const { mountPath = '', readOnly } = mounts.find(({ name }) => name === volume) ?? {};
      assert.deepEqual([readOnly, secret?.defaultMode], [true, 0o440], 'for the group of the node alone');
      const { data } = manifests.secret(secret?.secretName ?? '');
      return Object.entries(data ?? {}).map(
        ([file, text]) => [`${mountPath}/${file}`, Buffer.from(text, 'base64').toString('utf8')] as const,
      );
    }),
  );
}

function assertTaken({ all }: Manifests): void {
  for (const manifest of all) assert.deepEqual(mistakesIn(manifest), [], `${manifest.kind} ${manifest.metadata.name}`);
}

/** Each node is named after its pod, and the list has the names that the headless service publishes. */
function assertFound(manifests: Manifests, namespace: string, scheme: 'http' | 'https'): void {
  const { spec } = manifests.statefulSet;
  const nodes = configsOf(manifests, namespace);
  const urls = nodes.map(({ serverId }) => `${scheme}://${serverId}.${spec?.serviceName}.${namespace}.svc:5000`);
  assert.equal(urls.length, 3);
  for (const [ordinal, node] of nodes.entries()) {
    assert.deepEqual(
      [node.serverId, node.advertisedUrl, node.nodes, node.port, node.coordinator],
      [`rlog-${ordinal}`, urls[ordinal], urls, 5000, 'elections'],
    );
  }
  const { containerPort } = containerOf(manifests).ports?.find(({ name }) => name === 'http') ?? {};
  const headless = manifests.service(spec?.serviceName ?? '').spec;
  const forClients = manifests.service('rlog').spec;
  assert.deepEqual([headless?.clusterIP, headless?.publishNotReadyAddresses, containerPort], ['None', true, 5000]);
  assert.equal(forClients?.publishNotReadyAddresses, undefined);
  const labels = spec?.template.metadata?.labels;
  for (const service of [headless, forClients]) {
    assert.deepEqual([service?.selector, service?.ports?.map(({ port, targetPort }) => [port, targetPort])], [labels, [[5000, 'http']]]);
  }
  assert.deepEqual([spec?.selector.matchLabels, manifests.disruptionBudget.spec?.selector?.matchLabels], [labels, labels]);
}

test('the API takes the manifests of the base, and the check of them finds values and names that it would not take', () => {
  const base = writtenIn(join(source, 'base'));
  assertTaken(base);
  assert.deepEqual(base.all.map(({ kind }) => kind).toSorted(), ['PodDisruptionBudget', 'Service', 'Service', 'StatefulSet']);
  const broken = (change: (spec: Record<string, unknown>) => void): string[] => {
    const copy = structuredClone(base.statefulSet) as unknown as Manifest & { readonly spec: Record<string, unknown> };
    change(copy.spec);
    return mistakesIn(copy);
  };
  assert.deepEqual(
    broken((spec) => (spec['podManagmentPolicy'] = 'Parallel')),
    ['/spec/podManagmentPolicy is not in the schema'],
  );
  assert.match(broken((spec) => (spec['replicas'] = 'three'))[0] ?? '', /"\/spec\/replicas".*integer/);
  assert.match(broken((spec) => delete spec['selector'])[0] ?? '', /"missingProperty":"selector"/);
  assert.deepEqual(mistakesIn({ apiVersion: 'v1', kind: 'Sevice', metadata: { name: 'rlog' } }), ['there is no schema for v1 Sevice']);
});

test('each variable in the pods is an option of a node or of the commands', () => {
  const known = options.filter((option: OptionSpec) => option.kinds.includes('node')).map(({ variable }): string => variable);
  const allowed = [...known, ...ofCommands, 'POD_NAMESPACE'];
  const settings = readFileSync(join(source, 'secure/settings.yaml'), 'utf8');
  const named = [...settings.matchAll(/name: ([A-Z_]+)/g)].map(([, name = '']) => name);
  assert.ok(named.length > 5);
  const inBase = (containerOf(writtenIn(join(source, 'base'))).env ?? []).map(({ name }) => name);
  for (const name of [...inBase, ...named]) assert.ok(allowed.includes(name), name);
});

test('the nodes of the base find each other by the names that their service publishes before they are ready', () => {
  assertFound(writtenIn(join(source, 'base')), 'some-namespace', 'http');
});

test('a node without a leader is not killed, gets no clients, and keeps a drain and an update from going on', () => {
  const { statefulSet, disruptionBudget } = writtenIn(join(source, 'base'));
  const { livenessProbe, startupProbe, readinessProbe } = containerOf(writtenIn(join(source, 'base')));
  const asked = [livenessProbe, startupProbe, readinessProbe].map((probe) => probe?.httpGet?.path ?? '');
  // `/health` is 200 as long as the node serves; `/ready` is not without a leader: docs/http.md.
  assert.deepEqual(asked, ['/health', '/health', '/ready']);
  for (const path of asked) assert.ok(`GET ${path}` in operations, path);
  for (const probe of [livenessProbe, startupProbe, readinessProbe]) assert.equal(probe?.httpGet?.port, 'http');
  assert.equal(disruptionBudget.spec?.maxUnavailable, 1);
  assert.equal(disruptionBudget.spec?.minAvailable, undefined);
  const { podManagementPolicy, updateStrategy } = statefulSet.spec ?? {};
  assert.deepEqual([podManagementPolicy, updateStrategy?.type], ['Parallel', 'RollingUpdate']);
});

test('the nodes are on different machines, may do little there, keep their volumes, and have the time that they need to stop', () => {
  const { statefulSet } = writtenIn(join(source, 'base'));
  const { template, volumeClaimTemplates = [], persistentVolumeClaimRetentionPolicy: kept } = statefulSet.spec ?? {};
  const pod = template?.spec;
  const container = containerOf(writtenIn(join(source, 'base')));
  const [rule] = pod?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  assert.deepEqual([rule?.topologyKey, rule?.labelSelector?.matchLabels], ['kubernetes.io/hostname', template?.metadata?.labels]);
  const { runAsNonRoot, runAsUser, fsGroup, seccompProfile } = pod?.securityContext ?? {};
  assert.deepEqual([runAsNonRoot, runAsUser, fsGroup, seccompProfile?.type], [true, 1000, 1000, 'RuntimeDefault']);
  assert.deepEqual(container.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  assert.deepEqual([pod?.automountServiceAccountToken, pod?.enableServiceLinks], [false, false]);
  const mounted = container.volumeMounts?.find(({ mountPath }) => mountPath === '/data');
  assert.deepEqual(
    volumeClaimTemplates?.map(({ metadata }) => metadata?.name),
    [mounted?.name],
  );
  assert.deepEqual(kept, { whenDeleted: 'Retain', whenScaled: 'Retain' });
  const [, beforeStop] = container.lifecycle?.preStop?.exec?.command ?? [];
  assert.ok((pod?.terminationGracePeriodSeconds ?? 0) - Number(beforeStop) >= 10);
  assert.equal(container.image, `replicated-log:${version}`);
});

test('the API takes the base and the overlay for one machine as they are rendered, and they differ in the affinity only', (t) => {
  const base = renderedFrom(join(source, 'base'));
  const oneMachine = renderedFrom(join(source, 'one-machine'));
  if (base === undefined || oneMachine === undefined) return t.skip(noRenderer);
  for (const manifests of [base, oneMachine]) assertTaken(manifests);
  const pod = base.statefulSet.spec?.template.spec;
  assert.ok(pod?.affinity !== undefined);
  delete pod.affinity;
  assert.deepEqual(oneMachine.all, base.all);
});

test('the secure overlay: the nodes find each other over TLS, and their files are the ones that rlog init made', (t) => {
  const secure = renderedFrom(securePath);
  if (secure === undefined) return t.skip(noRenderer);
  assertTaken(secure);
  const { namespace = '' } = secure.statefulSet.metadata ?? {};
  for (const manifest of secure.all.filter(({ kind }) => kind !== 'Namespace')) assert.equal(manifest.metadata.namespace, namespace);
  assertFound(secure, namespace, 'https');
  const files = filesOf(secure);
  for (const { advertisedUrl, security } of configsOf(secure, namespace)) {
    const { tls, clusterSecretFile = '', tokensFile = '' } = security;
    const [cert, key, ca] = [tls.own?.certFile, tls.own?.keyFile, tls.caFile].map((path = '') => files.get(path) ?? '');
    const certificate = new X509Certificate(cert ?? '');
    const { hostname } = new URL(advertisedUrl);
    assert.equal(certificate.checkHost(hostname), hostname);
    assert.ok(certificate.checkPrivateKey(createPrivateKey(key ?? '')));
    assert.ok(certificate.verify(new X509Certificate(ca ?? '').publicKey), 'signed by the authority');
    assert.match(files.get(clusterSecretFile) ?? '', /^\S{16,}\n$/);
    assert.match(files.get(tokensFile) ?? '', /^admin +admin +sha256:/m);
  }
  const { livenessProbe, startupProbe, readinessProbe } = containerOf(secure);
  for (const probe of [livenessProbe, startupProbe, readinessProbe]) assert.equal(probe?.httpGet?.scheme, 'HTTPS');
});

test('the electors of the example run from what is mounted, and may change their own lease only', (t) => {
  const example = join(repository, 'examples/external-coordinator');
  const manifests = renderedFrom(example);
  if (manifests === undefined) return t.skip(noRenderer);
  assertTaken(manifests);
  const [elector, node, ...others] = (manifests.statefulSet.spec?.template.spec?.containers ?? []).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  assert.ok(elector !== undefined && node !== undefined && others.length === 0);
  assert.equal(node.env?.find(({ name }) => name === 'COORDINATOR')?.value, 'external');
  assert.deepEqual(elector.securityContext, node.securityContext);

  const { data = {} } = manifests.configMap;
  const mounted = join(folder, 'elector');
  mkdirSync(mounted);
  for (const [name, text] of Object.entries(data)) writeFileSync(join(mounted, name), text);
  const [program, path = ''] = elector.command ?? [];
  assert.equal(program, 'node');
  const ran = spawnSync(process.execPath, [path.replace(/^\/elector/, mounted)], { encoding: 'utf8' });
  assert.deepEqual([ran.status, ran.stderr.split('\n')[0]], [2, '--node must be the URL of a node']);

  const args = elector.args ?? [];
  const lease = args[args.indexOf('--lease') + 1];
  const { rules } = manifests.role;
  assert.deepEqual(
    rules?.map(({ resources, resourceNames, verbs }) => [resources, resourceNames, verbs]),
    [
      [['leases'], undefined, ['create']],
      [['leases'], [lease], ['get', 'update']],
    ],
  );
});
