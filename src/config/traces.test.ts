import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tracesWanted } from './traces.ts';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
const untold = { maxQueueSize: undefined, maxExportBatchSize: undefined, scheduledDelayMillis: undefined, exportTimeoutMillis: undefined };

test('there are traces only if an endpoint or an exporter is named, and not if the library is disabled', () => {
  for (const env of [
    {},
    { OTEL_SERVICE_NAME: 'log', OTEL_TRACES_SAMPLER: 'always_on' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' },
    { ...endpoint, OTEL_SDK_DISABLED: 'TRUE' },
    { ...endpoint, OTEL_TRACES_EXPORTER: 'none' },
  ]) {
    assert.deepEqual(tracesWanted(env), { settings: undefined, doubts: [] });
  }
  const settings = { isParentBased: true, ratio: 1, batch: untold };
  for (const env of [
    endpoint,
    { OTEL_TRACES_EXPORTER: 'otlp' },
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/v1/traces' },
    { ...endpoint, OTEL_SDK_DISABLED: 'false', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' },
  ]) {
    assert.deepEqual(tracesWanted(env), { settings, doubts: [] });
  }
});

test('the samplers of the specification are known', () => {
  const sampler = (name: string, arg?: string): unknown => {
    const { settings, doubts } = tracesWanted({ ...endpoint, OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: arg });
    return [settings?.isParentBased, settings?.ratio, doubts.length];
  };
  assert.deepEqual(sampler('always_on', '0.5'), [false, 1, 0]);
  assert.deepEqual(sampler('always_off'), [false, 0, 0]);
  assert.deepEqual(sampler('traceidratio', '0.25'), [false, 0.25, 0]);
  assert.deepEqual(sampler('parentbased_always_on'), [true, 1, 0]);
  assert.deepEqual(sampler('parentbased_always_off'), [true, 0, 0]);
  assert.deepEqual(sampler('parentbased_traceidratio', '0'), [true, 0, 0]);
  assert.deepEqual(sampler('traceidratio'), [false, 1, 0]);
  assert.deepEqual(sampler('jaeger_remote'), [true, 1, 1]);
  for (const arg of ['1.5', '-1', 'half']) assert.deepEqual(sampler('traceidratio', arg), [false, 1, 1]);
});

test('what cannot be used is named, and what is done instead', () => {
  const { settings, doubts } = tracesWanted({
    ...endpoint,
    OTEL_TRACES_EXPORTER: 'console, otlp',
    OTEL_BSP_SCHEDULE_DELAY: '50',
    OTEL_BSP_MAX_QUEUE_SIZE: '-1',
  });
  assert.deepEqual(settings?.batch, { ...untold, scheduledDelayMillis: 50 });
  assert.deepEqual(doubts, [
    'OTEL_TRACES_EXPORTER: "console" is unknown here; otlp and none are known',
    'OTEL_BSP_MAX_QUEUE_SIZE: "-1" is not a positive whole number',
  ]);
  const grpc = tracesWanted({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' });
  assert.equal(grpc.settings, undefined);
  assert.match(grpc.doubts.join(), /grpc is not spoken here/);
});
