/** Traces of appends, sent to a collector by OTLP. Imported only where they are wanted: the library takes a while to load. */

import { DiagLogLevel, ROOT_CONTEXT, SpanKind, defaultTextMapGetter, defaultTextMapSetter, diag, trace } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import { W3CTraceContextPropagator, setGlobalErrorHandler } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Sampler } from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import { messagesPath } from '../../api/paths.ts';
import { version } from '../../api/version.ts';
import type { TracesSettings } from '../../config/traces.ts';
import type { DriverObserver } from '../../driver/observer.ts';
import type { AppendTrace, AppendTraces, TraceContext } from '../../ports/append-traces.ts';
import { appendRecorder } from './append-recorder.ts';
import { RecordedAppend, hrTime } from './recorded-append.ts';
import type { RecordingParts } from './recorded-append.ts';

const nothing = (): void => undefined;

/** How long a node that stops waits for its last spans to be sent. */
const lastSendMs = 1000;

export interface NodeTraces extends AppendTraces {
  readonly observer: DriverObserver;
  /** Sends what is left, if the collector takes it soon. Never rejects. */
  readonly stop: () => Promise<void>;
}

interface TracedNode {
  readonly id: string;
  readonly log: Logger;
}

export function otlpTraces(settings: TracesSettings, { id, log }: TracedNode): NodeTraces {
  const say = tellTroubles(log);
  const { batch } = settings;
  const exporter = new OTLPTraceExporter();
  const own = resourceFromAttributes({ 'service.name': 'replicated-log', 'service.version': version, 'service.instance.id': id });
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(own)
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: samplerOf(settings),
    spanProcessors: [new BatchSpanProcessor({ exporter, ...given(batch) })],
  });
  const propagator = new W3CTraceContextPropagator();
  const parts: RecordingParts = {
    tracer: provider.getTracer('replicated-log', version),
    contextOf: (context) => headersOf(propagator, context),
    now: () => performance.now(),
    wallClock: () => Date.now(),
  };
  return {
    begin: (from) => begin(parts, propagator.extract(ROOT_CONTEXT, from ?? {}, defaultTextMapGetter)),
    observer: appendRecorder(parts.now),
    stop: async () => {
      const sent = provider.shutdown().catch((error: unknown) => say(error instanceof Error ? error.message : String(error)));
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, lastSendMs)));
      await Promise.race([sent, late]);
      clearTimeout(timer);
    },
  };
}

function begin(parts: RecordingParts, context: Context): AppendTrace {
  const wallMs = parts.wallClock() - parts.now();
  const span = parts.tracer.startSpan(
    `POST ${messagesPath}`,
    {
      kind: SpanKind.SERVER,
      startTime: hrTime(parts.wallClock()),
      attributes: { 'http.request.method': 'POST', 'http.route': messagesPath },
    },
    context,
  );
  if (span.isRecording()) return new RecordedAppend(parts, { context, span, wallMs });
  // The leader must not decide otherwise.
  const passedOn = parts.contextOf(trace.setSpan(context, span));
  return { forwarded: () => ({ context: passedOn, ended: nothing }), answered: nothing, refused: nothing, left: nothing };
}

function headersOf(propagator: W3CTraceContextPropagator, context: Context): TraceContext | undefined {
  const headers: Record<string, string> = {};
  propagator.inject(context, headers, defaultTextMapSetter);
  const { traceparent, tracestate } = headers;
  return traceparent === undefined ? undefined : { traceparent, tracestate };
}

function samplerOf({ isParentBased, ratio }: TracesSettings): Sampler {
  const root = ratio === 0 ? new AlwaysOffSampler() : ratio === 1 ? new AlwaysOnSampler() : new TraceIdRatioBasedSampler(ratio);
  return isParentBased ? new ParentBasedSampler({ root }) : root;
}

/** Without those that are `undefined`, which are the library's to choose. */
function given(batch: TracesSettings['batch']): { [Name in keyof TracesSettings['batch']]?: number } {
  return Object.fromEntries(Object.entries(batch).filter(([, value]) => value !== undefined));
}

/** A collector that is away is no reason for a line for every batch of spans. */
const sayAgainMs = 60_000;

/** @returns what says why spans were not sent */
function tellTroubles(log: Logger): (reason: string) => void {
  let quietUntil = 0;
  const say = (reason: string): void => {
    const now = performance.now();
    if (now < quietUntil) return;
    quietUntil = now + sayAgainMs;
    log.warn({ reason }, 'traces.not-sent');
  };
  const logger = { error: say, warn: say, info: nothing, debug: nothing, verbose: nothing };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  setGlobalErrorHandler((error) => say(typeof error === 'string' ? error : (error.message ?? error.name ?? 'unknown')));
  return say;
}
