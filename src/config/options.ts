/**
 * Every setting of a node, in one table: its variable and flag, its default and its help. The table also makes `--help`
 * and docs/config.md.
 *
 * A default stands here and nowhere else, as the text that a user would give: it goes through the same parser.
 */

import type { NodeKind } from './config.ts';
import { writeTimeoutMsMax } from './config.ts';
import {
  advertisedHost,
  anyText,
  boolean,
  bytes,
  count,
  duration,
  hostList,
  listenHost,
  masterUrl,
  memberUrl,
  milliseconds,
  nodeName,
  nonEmpty,
  oneOf,
  port,
  seconds,
  urls,
  writeConcern,
} from './values.ts';

interface OptionFacts {
  readonly variable: string;
  /** Without its dashes. */
  readonly flag: string;
  /** Whether the flag stands alone, without a value. */
  readonly isSwitch?: true;
  readonly kinds: readonly NodeKind[];
  readonly help: string;
  readonly parse: (text: string) => unknown;
}

/** An option whose default is a text for its parser. */
interface FixedOption extends OptionFacts {
  readonly default: string;
}

/** An option whose default follows from others, or from where the node finds itself (`load.ts`): here is how, for people. */
interface DerivedOption extends OptionFacts {
  readonly derivedDefault: string;
}

export type OptionSpec = FixedOption | DerivedOption;

const both: readonly NodeKind[] = ['master', 'secondary'];

/** In the order of docs/config.md. */
export const options = [
  { variable: 'MASTER_PORT', flag: 'port', kinds: ['master'], default: '5000', help: 'port to listen on', parse: (text) => port(text) },
  {
    variable: 'SECONDARY_PORT',
    flag: 'port',
    kinds: ['secondary'],
    default: '5001',
    help: 'port to listen on',
    parse: (text) => port(text),
  },
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
    derivedDefault: 'master, or secondary-<port>',
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
    derivedDefault: 'http://localhost:5000; in the image http://master1:5000 and http://master:5000',
    help: 'where to register, while no leader is heard; none: nowhere',
    parse: masterUrl,
  },
  {
    variable: 'SECONDARY_HOST',
    flag: 'advertised-host',
    kinds: both,
    derivedDefault: "HOST; localhost for a secondary on 127.0.0.1; the machine's name if HOST is 0.0.0.0 or ::",
    help: 'host name or address under which other nodes reach this one',
    parse: advertisedHost,
  },
  {
    variable: 'ADVERTISED_URL',
    flag: 'advertised-url',
    kinds: both,
    derivedDefault: 'http://SECONDARY_HOST:<port>',
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
  { variable: 'DATA_DIR', flag: 'data-dir', kinds: both, derivedDefault: 'data/<server id>', help: 'folder of the log', parse: nonEmpty },
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
    derivedDefault: '<DATA_DIR>/master.log or secondary.log',
    help: 'log file, rotated by size; empty turns it off',
    parse: anyText,
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

type Option = (typeof options)[number];
export type Variable = Option['variable'];
export type ValueOf<Name extends Variable> = ReturnType<Extract<Option, { readonly variable: Name }>['parse']>;
type FixedVariable = Extract<Option, { readonly default: string }>['variable'];

const defaults: ReadonlyMap<string, unknown> = new Map(
  options.flatMap((option): [string, unknown][] => ('default' in option ? [[option.variable, option.parse(option.default)]] : [])),
);

/** The value that the option has when nobody gives one. */
export function defaultOf<Name extends FixedVariable>(variable: Name): ValueOf<Name> {
  // It was parsed by the option that stands beside its variable.
  return defaults.get(variable) as ValueOf<Name>;
}

/** The default as people read it in `--help` and docs/config.md: empty if there is none. */
export function defaultText(option: OptionSpec): string {
  return 'default' in option ? option.default : option.derivedDefault;
}
