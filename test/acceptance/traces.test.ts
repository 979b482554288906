/** Traces of appends, as a collector gets them. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { exchange } from '../support/api.ts';
import type { RawAnswer } from '../support/api.ts';
import { Collector } from '../support/collector.ts';
import type { CollectedSpan } from '../support/collector.ts';
import { TestCluster, isReady, repository, startThree } from '../support/nodes.ts';
import type { TestNode } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

const append = (node: TestNode, message: string, headers: Record<string, string>): Promise<RawAnswer> =>
  exchange(new URL('/messages', node.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ message, w: 3 }),
  });

const traceId = (digit: string): string => digit.repeat(32);
const clientSpan = 'c'.repeat(16);

/** Names below names, each with its node or follower. */
function tree(spans: readonly CollectedSpan[], parent: string): unknown[] {
  return spans
    .filter(({ parentSpanId }) => parentSpanId === parent)
    .map(({ name, spanId, resource, attributes }) => {
      const below = tree(spans, spanId);
      const at = String(resource['service.instance.id']);
      const follower = attributes['rlog.follower'];
      const said = follower === undefined ? `${at} ${name}` : `${at} ${name} ${follower}`;
      return below.length === 0 ? said : { [said]: below };
    })
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

test('an append through a follower is one trace: its request, the way to the leader, the disk there and each follower', async () => {
  await using collector = await new Collector().start();
  const { cluster, s1 } = await startThree({ env: { ...collector.env, OTEL_SERVICE_NAME: 'orders-log' } });
  await using _ = cluster;
  // The second type is not plain, so these go the long way through both nodes' HTTP framework.
  for (const [trace, type] of [
    [traceId('a'), 'application/json'],
    [traceId('b'), 'application/json; charset="utf-8"'],
  ] as const) {
    const answer = await append(s1, 'followed', {
      'content-type': type,
      traceparent: `00-${trace}-${clientSpan}-01`,
      tracestate: 'shop=1',
    });
    assert.equal(answer.status, 201, answer.text);
    const { offset } = JSON.parse(answer.text) as { offset: number };
    await waitFor('all spans are collected', () => collector.of(trace).length >= 8);
    const spans = collector.of(trace);
    const ofLeader = ['append.flush', 'append.queue', 'append.replicate s1', 'append.replicate s2', 'append.write'];
    assert.deepEqual(tree(spans, clientSpan), [
      { 's1 POST /messages': [{ 's1 append.forward': [{ 'master POST /messages': ofLeader.map((name) => `master ${name}`) }] }] },
    ]);
    for (const { name, attributes, resource, startTimeUnixNano: start, endTimeUnixNano: end } of spans) {
      assert.equal(resource['service.name'], 'orders-log');
      assert.ok(BigInt(start) <= BigInt(end), name);
      assert.ok(Math.abs(Number(start) / 1e6 - Date.now()) < 60_000, name);
      if (name === 'POST /messages') assert.deepEqual([attributes['http.response.status_code'], attributes['rlog.offset']], [201, offset]);
    }
  }
});

test('what the client says of sampling counts on every node, and what is no trace context begins a new trace', onlyLong, async () => {
  await using collector = await new Collector().start();
  const { cluster, s1, master } = await startThree({ env: { ...collector.env, OTEL_TRACES_SAMPLER: 'parentbased_always_off' } });
  await using _ = cluster;
  const traceparent = (digit: string, flags: string): string => `00-${traceId(digit)}-${clientSpan}-${flags}`;
  for (const headers of [
    { traceparent: traceparent('1', '00') },
    { traceparent: 'nonsense' },
    {},
    { traceparent: traceparent('2', '01') },
  ]) {
    assert.equal((await append(s1, 'x', headers)).status, 201);
  }
  await waitFor('the sampled one is collected', () => collector.of(traceId('2')).length >= 8);
  // Whatever was recorded before it would have been sent by then: spans are sent in their order.
  for (const node of [s1, master]) await node.stop();
  assert.deepEqual([...new Set(collector.spans.map((span) => span.traceId))], [traceId('2')]);
});

test('a node without traces hands the trace context on to the leader as it came, and a refusal says its code', onlyLong, async () => {
  await using collector = await new Collector().start();
  const { cluster, s1, master } = await startThree();
  await using _ = cluster;
  await master.stop();
  await master.start({ env: collector.env });
  await waitFor('it leads again', async () => (await append(s1, 'first', {})).status === 201);
  const answer = await append(s1, 'second', { traceparent: `00-${traceId('d')}-${clientSpan}-01` });
  assert.equal(answer.status, 201, answer.text);
  await waitFor('its spans are collected', () => collector.of(traceId('d')).length >= 6);
  assert.deepEqual(Object.keys((tree(collector.of(traceId('d')), clientSpan) as object[])[0] ?? {}), ['master POST /messages']);
  const refused = await exchange(new URL('/messages', master.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent: `00-${traceId('e')}-${clientSpan}-01` },
    body: '{"message":1',
  });
  assert.equal(refused.status, 400);
  await waitFor('it is collected', () => collector.of(traceId('e')).length === 1);
  assert.equal(collector.of(traceId('e'))[0]?.attributes['error.type'], 'bad-request');
});

test('a collector that is away is in the log once, and one that is silent delays neither appends nor the stop', onlyLong, async () => {
  await using cluster = new TestCluster();
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  using _ = {
    [Symbol.dispose]: () => {
      silent.close();
      silent.closeAllConnections();
    },
  };
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const node = cluster.add({ kind: 'master', port: await freePort(), env: { OTEL_BSP_SCHEDULE_DELAY: '10' } });
  const appendOne = async (): Promise<void> => {
    const body = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"message":1}' };
    const { status } = await exchange(new URL('/messages', node.url), body);
    assert.equal(status, 201);
  };
  await node.start({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}`, OTEL_EXPORTER_OTLP_TIMEOUT: '50' } });
  await isReady(node);
  await waitFor('it is in the log', async () => {
    await appendOne();
    return node.events('traces.not-sent').length > 0;
  });
  for (let i = 0; i < 20; i += 1) await appendOne();
  await node.stop();
  assert.equal(node.events('traces.not-sent').length, 1);

  const minute = '60000';
  await node.start({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_TIMEOUT: minute, OTEL_BSP_EXPORT_TIMEOUT: minute } });
  await isReady(node);
  const asked = once(silent, 'request');
  await appendOne();
  await asked;
  await appendOne();
  const stoppedAt = performance.now();
  assert.deepEqual(await node.stop(), { code: 0, signal: null });
  assert.ok(performance.now() - stoppedAt < 30_000);
});

test('a node that is to send no traces loads nothing of the library', onlyLong, () => {
  const loaded = (wanted: boolean): string => {
    const script = `
      import { registerHooks } from 'node:module';
      const loaded = new Set();
      registerHooks({ load: (url, context, next) => { loaded.add(url); return next(url, context); } });
      const { nodeTraces } = await import('./src/observe/traces/node-traces.ts');
      await import('./src/start-node.ts');
      const log = { info: () => undefined, warn: () => undefined };
      await nodeTraces('n1', log);
      // The metrics library uses the types of the API, and with them the API.
      console.log([...loaded].some((url) => /@opentelemetry\\/(?!api\\/)/.test(url)));`;
    return execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: repository,
      env: wanted ? { OTEL_TRACES_EXPORTER: 'otlp' } : {},
      encoding: 'utf8',
    }).trim();
  };
  assert.equal(loaded(true), 'true');
  assert.equal(loaded(false), 'false');
});
