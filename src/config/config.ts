/**
 * Every setting of a node, in one table: variables and flags of the same meaning, their defaults and their help. It
 * also makes `--help` and docs/config.md. This file alone reads the environment.
 *
 * All mistakes are reported at once, at the start.
 */

import { hostname } from 'node:os';
import { isWildcard, nodeUrlIn, reachableHost, urlOfHost } from './addresses.ts';
import type { Machine } from './addresses.ts';
import { isNodeName } from '../core/model/names.ts';
import { isW } from '../core/model/write-concern.ts';
import type { W } from '../core/model/write-concern.ts';
import { ownAddresses } from './network-names.ts';
import { masterNames } from './role-by-name.ts';
import type { NamedRole } from './role-by-name.ts';

export type NodeKind = 'master' | 'secondary';

export interface Config {
  readonly kind: NodeKind;
  readonly port: number;
  readonly host: string;
  readonly serverId: string;
  readonly secondaries: readonly string[];
  /** The one that was given. */
  readonly masterUrl: string | undefined;
  /** Where the node registers itself: at whichever of them answers. */
  readonly masterUrls: readonly string[];
  readonly advertisedUrl: string;
  readonly replicationDelayMs: number;
  /** `undefined`: in memory. */
  readonly dataDir: string | undefined;
  readonly isBlank: boolean;
  readonly defaultWriteConcern: W;
  readonly writeTimeoutMs: number;
  readonly apiDialect: 'native' | 'envelope' | 'objects';
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** `undefined`: none. */
  readonly logFile: string | undefined;
  readonly heartbeatIntervalMs: number;
  readonly suspectedAfterMs: number;
  readonly unhealthyAfterMs: number;
  readonly segmentBytesMax: number;
  readonly messageBytesMax: number;
  readonly bodyBytesMax: number;
  readonly pendingAppendsMax: number;
  readonly idempotencyWindowMs: number;
  readonly listenerHeartbeatMs: number;
  readonly newCluster: 'auto' | 'never';
  readonly coordinator: 'static';
  readonly allowedHosts: readonly string[];
}

/** Set in the image to `true`: a node is there named after its host, and finds its master by name. */
const imageVariable = 'RLOG_IMAGE';

/**
 * What a node says of its configuration in its log: a list of what may be said, so that what is added later, and may be
 * a secret, is not said until somebody puts it here.
 */
const sayable = [
  'kind',
  'port',
  'host',
  'serverId',
  'secondaries',
  'masterUrl',
  'masterUrls',
  'advertisedUrl',
  'replicationDelayMs',
  'dataDir',
  'isBlank',
  'defaultWriteConcern',
  'writeTimeoutMs',
  'allowedHosts',
  'apiDialect',
  'logLevel',
  'logFile',
  'heartbeatIntervalMs',
  'suspectedAfterMs',
  'unhealthyAfterMs',
  'segmentBytesMax',
  'messageBytesMax',
  'bodyBytesMax',
  'pendingAppendsMax',
  'idempotencyWindowMs',
  'listenerHeartbeatMs',
  'newCluster',
  'coordinator',
] as const satisfies readonly (keyof Config)[];

/** The settings that may be said. */
export function sayableConfig(config: Config): Partial<Config> {
  return Object.fromEntries(sayable.map((name) => [name, config[name]]));
}

/** `timeoutMs` of an append may be this much. */
export const writeTimeoutMsMax = 600_000;

/** Everything that is wrong with the settings, one line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'));
    this.mistakes = mistakes;
  }
}

type Parse = (text: string) => unknown;

export interface OptionSpec {
  readonly variable: string;
  /** Without its dashes. */
  readonly flag: string;
  /** Whether the flag stands alone, without a value. */
  readonly isSwitch?: true;
  readonly kinds: readonly NodeKind[];
  readonly default: string;
  readonly help: string;
  readonly parse: Parse;
}

/** A value that cannot be: the sentence goes behind the variable's name. */
export class BadValue extends Error {}

const both: readonly NodeKind[] = ['master', 'secondary'];

/** In the order of docs/config.md. */
export const options = [
  { variable: 'MASTER_PORT', flag: 'port', kinds: ['master'], default: '5000', help: 'port to listen on', parse: port },
  { variable: 'SECONDARY_PORT', flag: 'port', kinds: ['secondary'], default: '5001', help: 'port to listen on', parse: port },
  {
    variable: 'HOST',
    flag: 'host',
    kinds: both,
    default: '127.0.0.1',
    help: 'address to listen on; 0.0.0.0 in the image',
    parse: listenHost,
  },
  {
    variable: 'SERVER_ID',
    flag: 'id',
    kinds: both,
    default: 'master, or secondary-<port>',
    help: "the node's name, unique in its cluster; the host name in the image",
    parse: nodeName,
  },
  {
    variable: 'SECONDARIES',
    flag: 'secondaries',
    kinds: ['master'],
    default: '',
    help: 'URLs of secondaries that count from the founding on, up or not, separated by commas',
    parse: urls,
  },
  {
    variable: 'MASTER_URL',
    flag: 'master-url',
    kinds: ['secondary'],
    default: 'http://localhost:5000; in the image http://master1:5000 and http://master:5000',
    help: 'where to register, while no leader is heard; none: nowhere',
    parse: (text) => (text === 'none' ? text : url(text)),
  },
  {
    variable: 'SECONDARY_HOST',
    flag: 'advertised-host',
    kinds: both,
    default: "HOST; localhost for a secondary on 127.0.0.1; the machine's name if HOST is 0.0.0.0 or ::",
    help: 'host name or address under which other nodes reach this one',
    parse: advertisedHost,
  },
  {
    variable: 'ADVERTISED_URL',
    flag: 'advertised-url',
    kinds: both,
    default: 'http://SECONDARY_HOST:<port>',
    help: 'URL under which other nodes reach this one',
    parse: memberUrl,
  },
  {
    variable: 'REPLICATION_DELAY',
    flag: 'delay',
    kinds: both,
    default: '0',
    help: 'seconds for which every batch of messages is held before it is stored and acknowledged; to demonstrate',
    parse: seconds,
  },
  {
    variable: 'SECONDARY_DELAYS',
    flag: 'secondary-delays',
    kinds: both,
    default: '0',
    help: 'the same as REPLICATION_DELAY',
    parse: seconds,
  },
  { variable: 'DATA_DIR', flag: 'data-dir', kinds: both, default: 'data/<server id>', help: 'folder of the log', parse: nonEmpty },
  {
    variable: 'MEMORY',
    flag: 'memory',
    isSwitch: true,
    kinds: both,
    default: 'false',
    help: 'keep the log in memory, without a folder: a restart begins blank',
    parse: boolean,
  },
  {
    variable: 'BLANK',
    flag: 'blank',
    isSwitch: true,
    kinds: both,
    default: 'false',
    help: 'for a folder that was restored or copied: keep its log, and join as a node with a new storage',
    parse: boolean,
  },
  {
    variable: 'DEFAULT_WRITE_CONCERN',
    flag: 'default-write-concern',
    kinds: both,
    default: 'all',
    help: 'how many nodes must hold a message before its writer hears "created": a number, majority or all',
    parse: writeConcern,
  },
  {
    variable: 'WRITE_TIMEOUT_MS',
    flag: 'write-timeout-ms',
    kinds: both,
    default: '30000',
    help: `how long a writer waits for its write concern, at most ${writeTimeoutMsMax}`,
    parse: milliseconds,
  },
  {
    variable: 'API_DIALECT',
    flag: 'api-dialect',
    kinds: both,
    default: 'native',
    help: 'shape of the answers: native, envelope or objects',
    parse: oneOf('native', 'envelope', 'objects'),
  },
  {
    variable: 'LOG_LEVEL',
    flag: 'log-level',
    kinds: both,
    default: 'info',
    help: 'trace, debug, info, warn, error, fatal or silent; each append is seen at debug',
    parse: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  },
  {
    variable: 'LOG_FILE',
    flag: 'log-file',
    kinds: both,
    default: '<DATA_DIR>/master.log or secondary.log',
    help: 'log file, rotated by size; empty turns it off',
    parse: (text) => text,
  },
  {
    variable: 'HEARTBEAT_INTERVAL_MS',
    flag: 'heartbeat-interval-ms',
    kinds: both,
    default: '250',
    help: 'how often an idle stream says that it is alive',
    parse: milliseconds,
  },
  {
    variable: 'SUSPECTED_AFTER_MS',
    flag: 'suspected-after-ms',
    kinds: both,
    default: '1000',
    help: 'silence after which a node is suspected',
    parse: milliseconds,
  },
  {
    variable: 'UNHEALTHY_AFTER_MS',
    flag: 'unhealthy-after-ms',
    kinds: both,
    default: '3000',
    help: 'silence after which a node is unhealthy',
    parse: milliseconds,
  },
  {
    variable: 'SEGMENT_BYTES_MAX',
    flag: 'segment-bytes-max',
    kinds: both,
    default: '64MiB',
    help: 'size at which a new log file is begun',
    parse: bytes,
  },
  { variable: 'MESSAGE_BYTES_MAX', flag: 'message-bytes-max', kinds: both, default: '4MiB', help: 'largest message', parse: bytes },
  { variable: 'BODY_BYTES_MAX', flag: 'body-bytes-max', kinds: both, default: '32MiB', help: 'largest request body', parse: bytes },
  {
    variable: 'PENDING_APPENDS_MAX',
    flag: 'pending-appends-max',
    kinds: both,
    default: '10000',
    help: 'appends that may wait at once',
    parse: count,
  },
  {
    variable: 'IDEMPOTENCY_WINDOW',
    flag: 'idempotency-window',
    kinds: both,
    default: '24h',
    help: 'how long an idempotency key is kept (among the last 1,000,000 of them)',
    parse: duration,
  },
  {
    variable: 'LISTENER_HEARTBEAT_MS',
    flag: 'listener-heartbeat-ms',
    kinds: both,
    default: '15000',
    help: 'the longest silence on an event stream: a comment is sent when there is nothing to say',
    parse: milliseconds,
  },
  {
    variable: 'NEW_CLUSTER',
    flag: 'new-cluster',
    kinds: both,
    default: 'auto',
    help: 'never: neither found a cluster nor lead one without the memory of a majority',
    parse: oneOf('auto', 'never'),
  },
  {
    variable: 'COORDINATOR',
    flag: 'coordinator',
    kinds: both,
    default: 'static',
    help: 'who may try to lead; static: the configured master',
    parse: oneOf('static'),
  },
  {
    variable: 'ALLOWED_HOSTS',
    flag: 'allowed-hosts',
    kinds: both,
    default: '',
    help: 'names, separated by commas, by which browsers may come to this node or to a proxy before it, beside addresses, names without a dot and those of members; programs may come by any',
    parse: hostList,
  },
] as const satisfies readonly OptionSpec[];

type Variable = (typeof options)[number]['variable'];

/**
 * @param flags - what was given on the command line, by flag; it wins over the environment
 * @throws ConfigError
 */
export function loadConfig(
  kind: NodeKind,
  given: {
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly flags?: Readonly<Record<string, string | boolean | undefined>>;
    /** What the name of its container says, where nothing else does. */
    readonly named?: NamedRole | undefined;
    readonly machine?: Machine;
  } = {},
): Config {
  const { env = process.env, flags = {}, named, machine = { hostname: hostname(), addresses: ownAddresses() } } = given;
  const mistakes: string[] = [];
  const values = new Map<Variable, unknown>();
  for (const option of options) {
    const spec: OptionSpec = option;
    if (!spec.kinds.includes(kind)) continue;
    const flag = flags[spec.flag];
    const text = flag === undefined ? env[spec.variable] : String(flag);
    // An empty variable is one that was not set, unless emptiness means something.
    if (text === undefined || (text === '' && option.variable !== 'LOG_FILE')) continue;
    try {
      values.set(option.variable, spec.parse(text));
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      mistakes.push(`${flag === undefined ? spec.variable : `--${spec.flag}`}: ${error.message}, not "${text}"`);
    }
  }
  if (env['CLUSTER_SECRET'] !== undefined && env['CLUSTER_SECRET'] !== '') {
    mistakes.push('CLUSTER_SECRET: not built yet; unset it rather than rely on it');
  }
  const surroundings = { named, machine, isInImage: env[imageVariable] === 'true' };
  const config = assemble(kind, values, surroundings);
  if (config.advertisedUrl === '')
    mistakes.push(`HOST: no URL leads to ${config.host}; SECONDARY_HOST must say where others find this node`);
  mistakes.push(...contradictions(config, values));
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return Object.freeze(config);
}

/** Where the node finds itself. */
interface Surroundings {
  readonly named: NamedRole | undefined;
  readonly machine: Machine;
  readonly isInImage: boolean;
}

function assemble(kind: NodeKind, values: ReadonlyMap<Variable, unknown>, { named, machine, isInImage }: Surroundings): Config {
  // Each value was parsed by the option that stands beside its variable.
  const get = <T>(variable: Variable, fallback: T): T => (values.has(variable) ? (values.get(variable) as T) : fallback);
  const listenPort = kind === 'master' ? get('MASTER_PORT', named?.port ?? 5000) : get('SECONDARY_PORT', named?.port ?? 5001);
  const byKind = kind === 'master' ? 'master' : `secondary-${listenPort}`;
  const serverId = get('SERVER_ID', named?.name ?? (isInImage && isNodeName(machine.hostname) ? machine.hostname : byKind));
  const host = get('HOST', '127.0.0.1');
  const dataDir = get('MEMORY', false) ? undefined : get('DATA_DIR', `data/${serverId}`);
  const logFile = get<string | undefined>('LOG_FILE', dataDir === undefined ? undefined : `${dataDir}/${kind}.log`);
  const ownHost = kind === 'secondary' && host === '127.0.0.1' ? 'localhost' : reachableHost(host, machine);
  const advertisedUrl = get('ADVERTISED_URL', urlOfHost(get('SECONDARY_HOST', named?.name ?? ownHost), listenPort) ?? '');
  const masterUrl = get<string | undefined>('MASTER_URL', undefined);
  const usualMasters = isInImage ? masterNames.map((name) => `http://${name}:5000`) : ['http://localhost:5000'];
  const masterUrls = masterUrl === undefined ? usualMasters.filter((each) => each !== advertisedUrl) : [masterUrl];
  return {
    kind,
    port: listenPort,
    host,
    serverId,
    secondaries: get('SECONDARIES', []),
    masterUrl: masterUrl === 'none' ? undefined : masterUrl,
    masterUrls: kind === 'master' || masterUrl === 'none' ? [] : masterUrls,
    advertisedUrl,
    replicationDelayMs: get('REPLICATION_DELAY', get('SECONDARY_DELAYS', 0)),
    dataDir,
    isBlank: get('BLANK', false),
    defaultWriteConcern: get<W>('DEFAULT_WRITE_CONCERN', 'all'),
    writeTimeoutMs: get('WRITE_TIMEOUT_MS', 30_000),
    apiDialect: get('API_DIALECT', 'native'),
    logLevel: get('LOG_LEVEL', 'info'),
    logFile: logFile === '' ? undefined : logFile,
    heartbeatIntervalMs: get('HEARTBEAT_INTERVAL_MS', 250),
    suspectedAfterMs: get('SUSPECTED_AFTER_MS', 1000),
    unhealthyAfterMs: get('UNHEALTHY_AFTER_MS', 3000),
    segmentBytesMax: get('SEGMENT_BYTES_MAX', 64 * 1024 * 1024),
    messageBytesMax: get('MESSAGE_BYTES_MAX', 4 * 1024 * 1024),
    bodyBytesMax: get('BODY_BYTES_MAX', 32 * 1024 * 1024),
    pendingAppendsMax: get('PENDING_APPENDS_MAX', 10_000),
    idempotencyWindowMs: get('IDEMPOTENCY_WINDOW', 24 * 3600 * 1000),
    listenerHeartbeatMs: get('LISTENER_HEARTBEAT_MS', 15_000),
    newCluster: get('NEW_CLUSTER', 'auto'),
    coordinator: 'static',
    allowedHosts: get('ALLOWED_HOSTS', []),
  };
}

/** What is right by itself and wrong together. */
function contradictions(config: Config, values: ReadonlyMap<Variable, unknown>): string[] {
  const mistakes: string[] = [];
  const [delay, delays] = [values.get('REPLICATION_DELAY'), values.get('SECONDARY_DELAYS')];
  if (delay !== undefined && delays !== undefined && delay !== delays) {
    mistakes.push('REPLICATION_DELAY and SECONDARY_DELAYS: both are set, and differ');
  }
  if (config.heartbeatIntervalMs * 2 > config.suspectedAfterMs) {
    mistakes.push('HEARTBEAT_INTERVAL_MS: must be at most half of SUSPECTED_AFTER_MS, or a healthy node is suspected');
  }
  if (config.suspectedAfterMs >= config.unhealthyAfterMs) {
    mistakes.push('SUSPECTED_AFTER_MS: must be less than UNHEALTHY_AFTER_MS');
  }
  if (config.messageBytesMax > config.bodyBytesMax) mistakes.push('MESSAGE_BYTES_MAX: must be at most BODY_BYTES_MAX');
  if (config.writeTimeoutMs > writeTimeoutMsMax) mistakes.push(`WRITE_TIMEOUT_MS: must be at most ${writeTimeoutMsMax}`);
  if (config.secondaries.includes(config.advertisedUrl)) mistakes.push(`SECONDARIES: names this node itself, ${config.advertisedUrl}`);
  if (config.masterUrls.includes(config.advertisedUrl)) mistakes.push(`MASTER_URL: names this node itself, ${config.advertisedUrl}`);
  if (new Set(config.secondaries).size < config.secondaries.length) mistakes.push('SECONDARIES: names a URL twice');
  if (config.isBlank && config.dataDir === undefined) mistakes.push('BLANK: is for a folder, and MEMORY has none');
  return mistakes;
}

function port(text: string): number {
  const value = Number(text);
  if (/^\w+:\/\//.test(text)) {
    throw new BadValue('a port from 1 to 65535 (Kubernetes sets such a variable for a Service: enableServiceLinks: false prevents it)');
  }
  if (!/^\d+$/.test(text) || value < 1 || value > 65_535) throw new BadValue('a port from 1 to 65535');
  return value;
}

function nonEmpty(text: string): string {
  if (text.trim() !== text || text === '') throw new BadValue('text without spaces around it');
  return text;
}

function nodeName(text: string): string {
  if (!isNodeName(text)) throw new BadValue('a name of letters, digits, ".", "_" and "-", at most 63 of them');
  return text;
}

/** As it is listened on: IPv6 without brackets. */
function listenHost(text: string): string {
  if (urlOfHost(text, 80) === undefined) throw new BadValue('an address or a host name of this machine, without scheme and port');
  return text.replace(/^\[(.*)\]$/, '$1');
}

function advertisedHost(text: string): string {
  if (urlOfHost(text, 80) === undefined) throw new BadValue('a host name or an address, without scheme and port');
  if (isWildcard(text)) throw new BadValue('a host name or an address that leads to this node from the others');
  return text;
}

function url(text: string): string {
  const known = nodeUrlIn(text);
  if (known === undefined) throw new BadValue('a URL like http://host:5001, without path, user and password');
  return known;
}

/** Under which all others reach a node. */
function memberUrl(text: string): string {
  const known = url(text);
  if (isWildcard(new URL(known).hostname)) throw new BadValue('a URL that leads to the node from the others, like http://host:5001');
  return known;
}

function hostList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .filter((part) => part !== '')
    .map((part) => {
      if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(part)) throw new BadValue('host names like log.example.com, without scheme and port');
      return part;
    });
}

function urls(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(memberUrl);
}

/** @returns milliseconds. @throws BadValue */
export function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value > 3600) throw new BadValue('seconds from 0 to 3600, like 2.0');
  return Math.round(value * 1000);
}

function milliseconds(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 86_400_000) throw new BadValue('whole milliseconds, at least 1');
  return value;
}

function count(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value)) throw new BadValue('a whole number, at least 1');
  return value;
}

const byteUnits: Readonly<Record<string, number>> = { '': 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

function bytes(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+)(KiB|MiB|GiB)?$/.exec(text) ?? [];
  const value = Number(digits) * (byteUnits[unit] ?? 1);
  if (digits === '' || value < 1024 || value > 1024 ** 3) throw new BadValue('a size from 1KiB to 1GiB, like 64MiB or 65536');
  return value;
}

const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function duration(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  const factor = durationUnits[unit];
  if (digits === '' || factor === undefined) throw new BadValue('a duration like 24h, 30m or 90s');
  return Number(digits) * factor;
}

function boolean(text: string): boolean {
  if (['true', '1', 'yes'].includes(text)) return true;
  if (['false', '0', 'no'].includes(text)) return false;
  throw new BadValue('true or false');
}

function writeConcern(text: string): W {
  const value = /^\d+$/.test(text) ? Number(text) : text;
  if (!isW(value)) throw new BadValue('a positive number, majority or all');
  return value;
}

function oneOf(...choices: readonly string[]): Parse {
  return (text) => {
    if (!choices.includes(text)) throw new BadValue(`one of ${choices.join(', ')}`);
    return text;
  };
}
