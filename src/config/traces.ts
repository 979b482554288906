/**
 * Whether and how appends are traced, from the standard variables of OpenTelemetry. They are not ours, so they have no
 * flags and are not in the table of options. As their specification asks, a value that cannot be used is reported and
 * does not keep a node from starting. `OTEL_EXPORTER_OTLP_…` and `OTEL_RESOURCE_ATTRIBUTES` are read by the library.
 */

type Environment = Readonly<Record<string, string | undefined>>;

export interface TracesSettings {
  /** An append in a trace that somebody else began is sampled if that one is. */
  readonly isParentBased: boolean;
  /** The share of traces that is sampled, from 0 to 1, where it is decided here. */
  readonly ratio: number;
  /** How spans wait to be sent; what is `undefined` is left to the library. Times in milliseconds. */
  readonly batch: {
    readonly maxQueueSize: number | undefined;
    readonly maxExportBatchSize: number | undefined;
    readonly scheduledDelayMillis: number | undefined;
    readonly exportTimeoutMillis: number | undefined;
  };
}

interface TracesWanted {
  /** `undefined`: no traces. */
  readonly settings: TracesSettings | undefined;
  /** Sentences about variables that are not used as they are. */
  readonly doubts: readonly string[];
}

/** An empty variable is one that is not set. */
export function tracesWanted(env: Environment = process.env): TracesWanted {
  const read = (name: string): string | undefined => env[name]?.trim() || undefined;
  const isWanted = ['OTEL_TRACES_EXPORTER', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'].some(read);
  if (!isWanted || read('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return { settings: undefined, doubts: [] };
  const exporters = (read('OTEL_TRACES_EXPORTER') ?? 'otlp').split(',').map((name) => name.trim());
  const doubts = exporters
    .filter((name) => name !== 'otlp' && name !== 'none')
    .map((name) => `OTEL_TRACES_EXPORTER: "${name}" is unknown here; otlp and none are known`);
  if (!exporters.includes('otlp')) return { settings: undefined, doubts };
  const protocol = read('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? read('OTEL_EXPORTER_OTLP_PROTOCOL');
  if (protocol === 'grpc') {
    return { settings: undefined, doubts: [...doubts, 'OTEL_EXPORTER_OTLP_PROTOCOL: grpc is not spoken here; spans go as http/json'] };
  }
  const count = (name: string): number | undefined => {
    const text = read(name);
    if (text === undefined || (/^\d{1,9}$/.test(text) && Number(text) > 0)) return text === undefined ? undefined : Number(text);
    doubts.push(`${name}: "${text}" is not a positive whole number`);
    return undefined;
  };
  const batch = {
    maxQueueSize: count('OTEL_BSP_MAX_QUEUE_SIZE'),
    maxExportBatchSize: count('OTEL_BSP_MAX_EXPORT_BATCH_SIZE'),
    scheduledDelayMillis: count('OTEL_BSP_SCHEDULE_DELAY'),
    exportTimeoutMillis: count('OTEL_BSP_EXPORT_TIMEOUT'),
  };
  return { settings: { ...samplerOf(read, doubts), batch }, doubts };
}

const defaultSampler = 'parentbased_always_on';

function samplerOf(read: (name: string) => string | undefined, doubts: string[]): Pick<TracesSettings, 'isParentBased' | 'ratio'> {
  const name = read('OTEL_TRACES_SAMPLER') ?? defaultSampler;
  const [, parentBased, kind] = /^(parentbased_)?(always_on|always_off|traceidratio)$/.exec(name) ?? [];
  if (kind === undefined) doubts.push(`OTEL_TRACES_SAMPLER: "${name}" is unknown here; ${defaultSampler} is used`);
  const isParentBased = parentBased !== undefined || kind === undefined;
  if (kind !== 'traceidratio') return { isParentBased, ratio: kind === 'always_off' ? 0 : 1 };
  const text = read('OTEL_TRACES_SAMPLER_ARG');
  const ratio = Number(text ?? 1);
  if (ratio >= 0 && ratio <= 1) return { isParentBased, ratio };
  doubts.push(`OTEL_TRACES_SAMPLER_ARG: "${text}" is not a number from 0 to 1; all traces are sampled`);
  return { isParentBased, ratio: 1 };
}
