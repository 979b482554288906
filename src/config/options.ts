/**
 * All settings of a node, in one table: variable and flag, default and help. `--help` and docs/config.md are made from
 * it.
 *
 * A default is only here, as the text that a user would give, and goes through the same parser.
 */

import type { NodeKind } from './config.ts';
import { timeoutMsMax } from '../api/entries.ts';
import { limitOptions } from './limit-options.ts';
import { allKinds as all } from './option-spec.ts';
import type { OptionSpec } from './option-spec.ts';
import { keepingOptions } from './keeping-options.ts';
import { securityOptions } from './security-options.ts';
import {
  advertisedHost,
  anyText,
  boolean,
  bytes,
  count,
  hostList,
  listenHost,
  masterUrls,
  memberUrl,
  milliseconds,
  nodeName,
  nonEmpty,
  oneOf,
  port,
  priority,
  seconds,
  urlPairs,
  urls,
  writeConcern,
} from './values.ts';

const named: readonly NodeKind[] = ['master', 'secondary'];

/** In the order in which docs/config.md lists them. */
export const options = [
  { variable: 'NODE_PORT', flag: 'port', kinds: ['node'], default: '5000', help: 'port to listen on', parse: (text) => port(text) },
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
    kinds: all,
    default: '127.0.0.1',
    help: 'address to listen on; 0.0.0.0 in the image',
    parse: listenHost,
  },
  {
    variable: 'SERVER_ID',
    flag: 'id',
    kinds: all,
    derivedDefault: "master, or secondary-<port>; the host and port of a node's URL, like 10.0.0.1_5000",
    help: "the node's name, unique in its cluster; the host name of a master or secondary in the image",
    parse: nodeName,
  },
  {
    variable: 'NODES',
    flag: 'nodes',
    kinds: ['node'],
    derivedDefault: 'this node alone',
    help: 'URLs of all nodes, separated by commas, the same on each: the first one founds the cluster once all are up',
    parse: urls,
  },
  {
    variable: 'SECONDARIES',
    flag: 'secondaries',
    kinds: ['master'],
    default: '',
    help: 'URLs, separated by commas, of secondaries that are members from the start, even while they are down',
    parse: urls,
  },
  {
    variable: 'MASTER_URL',
    flag: 'master-url',
    kinds: ['secondary'],
    derivedDefault: 'http://localhost:5000; in the image http://master1:5000 and http://master:5000; https:// where the node has TLS',
    help: 'where to register while no leader is heard: one or more URLs, separated by commas, or none',
    parse: masterUrls,
  },
  {
    variable: 'SECONDARY_HOST',
    flag: 'advertised-host',
    kinds: named,
    derivedDefault: "HOST; localhost for a secondary on 127.0.0.1; the machine's name if HOST is 0.0.0.0 or ::",
    help: 'host name or address by which other nodes reach this one',
    parse: advertisedHost,
  },
  {
    variable: 'ADVERTISED_URL',
    flag: 'advertised-url',
    kinds: all,
    derivedDefault: 'http://SECONDARY_HOST:<port>, or http://localhost:<port> for a node; https:// with TLS, or as NODES has it',
    help: 'URL by which other nodes reach this one; tells which of NODES it is',
    parse: memberUrl,
  },
  {
    variable: 'DIAL_INSTEAD',
    flag: 'dial-instead',
    kinds: all,
    default: '',
    help: "addresses to dial instead of other nodes' URLs, like http://host:5001=http://proxy:6001, separated by commas: for proxies between nodes",
    parse: urlPairs,
  },
  {
    variable: 'REPLICATION_DELAY',
    flag: 'delay',
    kinds: all,
    default: '0',
    help: 'seconds by which every batch of messages is delayed before it is stored and acknowledged; for demonstrations',
    parse: seconds,
  },
  {
    variable: 'SECONDARY_DELAYS',
    flag: 'secondary-delays',
    kinds: all,
    default: '0',
    help: 'the same as REPLICATION_DELAY',
    parse: seconds,
  },
  { variable: 'DATA_DIR', flag: 'data-dir', kinds: all, derivedDefault: 'data/<server id>', help: 'folder of the log', parse: nonEmpty },
  {
    variable: 'MEMORY',
    flag: 'memory',
    isSwitch: true,
    kinds: all,
    default: 'false',
    help: 'keep the log in memory, without a folder: it is gone after a restart',
    parse: boolean,
  },
  {
    variable: 'BLANK',
    flag: 'blank',
    isSwitch: true,
    kinds: all,
    default: 'false',
    help: 'for a restored or copied folder: keep its log, but join as a node with a new storage',
    parse: boolean,
  },
  {
    variable: 'DEFAULT_WRITE_CONCERN',
    flag: 'default-write-concern',
    kinds: all,
    default: 'all',
    nodeDefault: 'majority',
    help: 'how many nodes must have a message on disk before its writer gets a 201: a number, majority or all',
    parse: writeConcern,
  },
  {
    variable: 'WRITE_TIMEOUT_MS',
    flag: 'write-timeout-ms',
    kinds: all,
    default: '30000',
    help: `how long a writer waits for its write concern, at most ${timeoutMsMax}`,
    parse: milliseconds,
  },
  {
    variable: 'API_DIALECT',
    flag: 'api-dialect',
    kinds: all,
    default: 'native',
    help: 'format of the answers: native, envelope or objects',
    parse: oneOf('native', 'envelope', 'objects'),
  },
  {
    variable: 'LOG_LEVEL',
    flag: 'log-level',
    kinds: all,
    default: 'info',
    help: 'trace, debug, info, warn, error, fatal or silent; each append is logged at debug',
    parse: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  },
  {
    variable: 'LOG_FILE',
    flag: 'log-file',
    kinds: all,
    derivedDefault: '<DATA_DIR>/master.log or secondary.log',
    help: 'log file, rotated by size; empty turns it off',
    parse: anyText,
  },
  {
    variable: 'HEARTBEAT_INTERVAL_MS',
    flag: 'heartbeat-interval-ms',
    kinds: all,
    default: '250',
    help: 'how often an idle stream between nodes sends a sign of life',
    parse: milliseconds,
  },
  {
    variable: 'SUSPECTED_AFTER_MS',
    flag: 'suspected-after-ms',
    kinds: all,
    default: '1000',
    help: 'silence after which a node is suspected',
    parse: milliseconds,
  },
  {
    variable: 'UNHEALTHY_AFTER_MS',
    flag: 'unhealthy-after-ms',
    kinds: all,
    default: '3000',
    help: 'silence after which a node is unhealthy',
    parse: milliseconds,
  },
  {
    variable: 'SEGMENT_BYTES_MAX',
    flag: 'segment-bytes-max',
    kinds: all,
    default: '64MiB',
    help: 'size at which a new segment file begins',
    parse: bytes,
  },
  { variable: 'MESSAGE_BYTES_MAX', flag: 'message-bytes-max', kinds: all, default: '4MiB', help: 'largest message', parse: bytes },
  { variable: 'BODY_BYTES_MAX', flag: 'body-bytes-max', kinds: all, default: '32MiB', help: 'largest request body', parse: bytes },
  {
    variable: 'PENDING_APPENDS_MAX',
    flag: 'pending-appends-max',
    kinds: all,
    default: '10000',
    help: 'how many appends may wait at once',
    parse: count,
  },
  ...keepingOptions,
  {
    variable: 'LISTENER_HEARTBEAT_MS',
    flag: 'listener-heartbeat-ms',
    kinds: all,
    default: '15000',
    nodeDefault: '5000',
    help: 'the longest silence on an event stream, after which a comment is sent',
    parse: milliseconds,
  },
  {
    variable: 'NEW_CLUSTER',
    flag: 'new-cluster',
    kinds: all,
    default: 'auto',
    help: 'never: do not found a new cluster, and do not lead one in which a majority has lost its log',
    parse: oneOf('auto', 'never'),
  },
  {
    variable: 'COORDINATOR',
    flag: 'coordinator',
    kinds: all,
    default: 'static',
    nodeDefault: 'elections',
    help: 'how the leader is chosen; static: the master leads; elections: the nodes elect one of them, and another when it is gone; external: no node leads until POST /promote',
    parse: oneOf('static', 'elections', 'external'),
  },
  {
    variable: 'ELECTION_TIMEOUT_MS',
    flag: 'election-timeout-ms',
    kinds: all,
    default: '1500',
    help: 'silence of the leader after which the others elect another one; at least four heartbeats, and the same on all nodes',
    parse: milliseconds,
  },
  {
    variable: 'LEADER_PRIORITY',
    flag: 'leader-priority',
    kinds: all,
    derivedDefault: '1; 2 for a master, 0 with REPLICATION_DELAY',
    help: 'from 0 to 9: among nodes with the same log, the one with the higher priority leads',
    parse: priority,
  },
  {
    variable: 'ALLOWED_HOSTS',
    flag: 'allowed-hosts',
    kinds: all,
    default: '',
    help: 'host names, separated by commas, that browsers may use for this node or a proxy in front of it, in addition to addresses, names without a dot and those of members; programs may use any',
    parse: hostList,
  },
  ...limitOptions,
  ...securityOptions,
] as const satisfies readonly OptionSpec[];

type Option = (typeof options)[number];
export type Variable = Option['variable'];
export type ValueOf<Name extends Variable> = ReturnType<Extract<Option, { readonly variable: Name }>['parse']>;
type FixedVariable = Extract<Option, { readonly default: string }>['variable'];

const defaults: ReadonlyMap<string, unknown> = new Map(
  options.flatMap((option): [string, unknown][] => ('default' in option ? [[option.variable, option.parse(option.default)]] : [])),
);

const nodeDefaults: ReadonlyMap<string, unknown> = new Map(
  (options as readonly OptionSpec[]).flatMap((option): [string, unknown][] =>
    'nodeDefault' in option && option.nodeDefault !== undefined ? [[option.variable, option.parse(option.nodeDefault)]] : [],
  ),
);

/** The default value of an option, on a node of this kind. */
export function defaultOf<Name extends FixedVariable>(variable: Name, kind?: NodeKind): ValueOf<Name> {
  // The value was made by the parser of this variable's option.
  return (kind === 'node' && nodeDefaults.has(variable) ? nodeDefaults : defaults).get(variable) as ValueOf<Name>;
}

/** The default as `--help` and docs/config.md show it; empty if there is none. */
export function defaultText(option: OptionSpec, kind?: NodeKind): string {
  if (!('default' in option)) return option.derivedDefault;
  if (option.nodeDefault === undefined) return option.default;
  if (kind !== undefined) return kind === 'node' ? option.nodeDefault : option.default;
  return `${option.default}; ${option.nodeDefault} for a node`;
}
