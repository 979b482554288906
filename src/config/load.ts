/** Makes a node's configuration from the command line and the environment. All mistakes are reported at once, at the start. */

import { hostname } from 'node:os';
import { isNodeName } from '../core/model/names.ts';
import { reachableHost, schemes, urlOfHost } from './addresses.ts';
import type { Machine, Scheme } from './addresses.ts';
import { timeoutMsMax } from '../api/entries.ts';
import { ConfigError } from './config.ts';
import type { Config, LimitsConfig, NodeKind, SecurityConfig } from './config.ts';
import { ownAddresses } from './network-names.ts';
import { defaultOf, options } from './options.ts';
import type { OptionSpec } from './option-spec.ts';
import type { ValueOf, Variable } from './options.ts';
import { masterNames } from './role-by-name.ts';
import type { NamedRole } from './role-by-name.ts';
import { securityMistakes, tlsMistakes } from './security-checks.ts';
import { InvalidSecret, InvalidValue } from './values.ts';

/** `true` in the image: there a node is named after its host, and finds its master by name. */
const imageVariable = 'RLOG_IMAGE';

type Environment = Readonly<Record<string, string | undefined>>;
/** By flag, without its dashes. */
type Flags = Readonly<Record<string, string | boolean | undefined>>;

/** @param flags - from the command line; they win over the environment @throws ConfigError */
export function loadConfig(
  kind: NodeKind,
  given: {
    readonly env?: Environment;
    readonly flags?: Flags;
    /** The role that the name of its container stands for, if nothing else sets one. */
    readonly named?: NamedRole | undefined;
    readonly machine?: Machine;
  } = {},
): Config {
  const { env = process.env, flags = {}, named, machine = { hostname: hostname(), addresses: ownAddresses() } } = given;
  const { values, mistakes } = GivenValues.read(kind, { env, flags });
  const surroundings = { named, machine, isInImage: env[imageVariable] === 'true' };
  const config = assemble(kind, values, surroundings);
  if (config.advertisedUrl === '')
    mistakes.push(`HOST: no URL can name ${config.host}; set SECONDARY_HOST to the name or address by which others reach this node`);
  mistakes.push(...crossChecks(config, values));
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return Object.freeze(config);
}

/** The given options, parsed. */
class GivenValues {
  readonly #kind: NodeKind;
  readonly #values: ReadonlyMap<Variable, unknown>;

  private constructor(kind: NodeKind, values: ReadonlyMap<Variable, unknown>) {
    this.#kind = kind;
    this.#values = values;
  }

  /** An invalid value is a mistake, and counts as not given. */
  static read(kind: NodeKind, { env, flags }: { readonly env: Environment; readonly flags: Flags }) {
    const mistakes: string[] = [];
    const values = new Map<Variable, unknown>();
    for (const option of options) {
      const spec: OptionSpec = option;
      if (!spec.kinds.includes(kind)) continue;
      const flag = spec.flag === null ? undefined : flags[spec.flag];
      const text = flag === undefined ? env[spec.variable] : String(flag);
      // An empty variable counts as not set, unless emptiness has a meaning.
      if (text === undefined || (text === '' && option.variable !== 'LOG_FILE')) continue;
      try {
        values.set(option.variable, spec.parse(text));
      } catch (error) {
        if (!(error instanceof InvalidValue)) throw error;
        const name = flag === undefined ? spec.variable : `--${spec.flag}`;
        mistakes.push(`${name}: ${error.message}${error instanceof InvalidSecret ? '' : `, not "${text}"`}`);
      }
    }
    return { values: new GivenValues(kind, values), mistakes };
  }

  given<Name extends Variable>(variable: Name): ValueOf<Name> | undefined {
    // The value was made by the parser of this variable's option.
    return this.#values.get(variable) as ValueOf<Name> | undefined;
  }

  /** The given value, or else the default. */
  get<Name extends Parameters<typeof defaultOf>[0]>(variable: Name): ValueOf<Name> {
    return this.given(variable) ?? defaultOf(variable, this.#kind);
  }
}

/** What the node's surroundings tell about it. */
interface Surroundings {
  readonly named: NamedRole | undefined;
  readonly machine: Machine;
  readonly isInImage: boolean;
}

/** The variable for the port of each kind of node. */
export const portVariables = { node: 'NODE_PORT', master: 'MASTER_PORT', secondary: 'SECONDARY_PORT' } as const satisfies Record<
  NodeKind,
  Variable
>;

/** The default name of a node: the host and port of its URL. */
function nameOf(url: string): string {
  const name = URL.canParse(url) ? new URL(url).host.replaceAll(/[^A-Za-z0-9.-]+/g, '_') : '';
  return isNodeName(name) ? name : 'node';
}

/** As it stands in the list of all nodes, or else with the usual scheme. */
function ownUrl(where: {
  readonly host: string;
  readonly port: number;
  readonly scheme: Scheme;
  readonly nodes: readonly string[] | undefined;
}): string {
  const { host, port, scheme, nodes = [] } = where;
  const either = schemes.map((each) => urlOfHost(host, port, each));
  return either.find((url) => url !== undefined && nodes.includes(url)) ?? urlOfHost(host, port, scheme) ?? '';
}

function assemble(kind: NodeKind, values: GivenValues, surroundings: Surroundings): Config {
  const { named, machine, isInImage } = surroundings;
  const portVariable = portVariables[kind];
  const port = values.given(portVariable) ?? named?.port ?? defaultOf(portVariable);
  const host = values.get('HOST');
  const ownHost = kind !== 'master' && host === defaultOf('HOST') ? 'localhost' : reachableHost(host, machine);
  const advertisedHost = values.given('SECONDARY_HOST') ?? named?.name ?? (kind === 'node' ? 'localhost' : ownHost);
  const security = securityOf(values);
  // While a cluster takes TLS up, its nodes are known by the URLs that they had.
  const scheme = security.tls.own !== undefined && !security.acceptsInsecure ? 'https' : 'http';
  const advertisedUrl = values.given('ADVERTISED_URL') ?? ownUrl({ host: advertisedHost, port, scheme, nodes: values.given('NODES') });
  const byKind = { node: nameOf(advertisedUrl), master: 'master', secondary: `secondary-${port}` }[kind];
  const byHost = kind !== 'node' && isInImage && isNodeName(machine.hostname) ? machine.hostname : byKind;
  const serverId = values.given('SERVER_ID') ?? named?.name ?? byHost;
  const dataDir = values.get('MEMORY') ? undefined : (values.given('DATA_DIR') ?? `data/${serverId}`);
  const logFile = values.given('LOG_FILE') ?? (dataDir === undefined ? '' : `${dataDir}/${kind}.log`);
  const nodes = kind === 'node' ? (values.given('NODES') ?? [advertisedUrl]) : [];
  const delayMs = values.given('REPLICATION_DELAY') ?? values.get('SECONDARY_DELAYS');
  return {
    kind,
    port,
    host,
    serverId,
    nodes,
    secondaries: kind === 'node' ? nodes.filter((url) => url !== advertisedUrl) : values.get('SECONDARIES'),
    ...mastersOf(kind, values, { advertisedUrl, isInImage, nodes, scheme }),
    advertisedUrl,
    dialInstead: values.get('DIAL_INSTEAD'),
    replicationDelayMs: delayMs,
    dataDir,
    isBlank: values.get('BLANK'),
    defaultWriteConcern: values.get('DEFAULT_WRITE_CONCERN'),
    writeTimeoutMs: values.get('WRITE_TIMEOUT_MS'),
    apiDialect: values.get('API_DIALECT'),
    logLevel: values.get('LOG_LEVEL'),
    logFile: logFile === '' ? undefined : logFile,
    heartbeatIntervalMs: values.get('HEARTBEAT_INTERVAL_MS'),
    suspectedAfterMs: values.get('SUSPECTED_AFTER_MS'),
    unhealthyAfterMs: values.get('UNHEALTHY_AFTER_MS'),
    segmentBytesMax: values.get('SEGMENT_BYTES_MAX'),
    cutBytesMax: values.get('CUT_BYTES_MAX'),
    messageBytesMax: values.get('MESSAGE_BYTES_MAX'),
    bodyBytesMax: values.get('BODY_BYTES_MAX'),
    pendingAppendsMax: values.get('PENDING_APPENDS_MAX'),
    idempotencyWindowMs: values.get('IDEMPOTENCY_WINDOW'),
    retention: {
      maxAgeMs: values.given('RETENTION_AGE_MAX') ?? null,
      maxBytes: values.given('RETENTION_BYTES_MAX') ?? null,
      maxEntries: values.given('RETENTION_ENTRIES_MAX') ?? null,
    },
    listenerHeartbeatMs: values.get('LISTENER_HEARTBEAT_MS'),
    newCluster: values.get('NEW_CLUSTER'),
    coordinator: values.get('COORDINATOR'),
    electionTimeoutMs: values.get('ELECTION_TIMEOUT_MS'),
    leaderPriority: values.given('LEADER_PRIORITY') ?? (delayMs > 0 ? 0 : kind === 'master' ? 2 : 1),
    allowedHosts: values.get('ALLOWED_HOSTS'),
    corsOrigins: values.get('CORS_ORIGINS'),
    limits: limitsOf(values),
    security,
  };
}

function limitsOf(values: GivenValues): LimitsConfig {
  return {
    connectionsMax: values.given('CONNECTIONS_MAX'),
    connectionsPerAddressMax: values.get('CONNECTIONS_PER_ADDRESS_MAX'),
    clientRequestsPerSecondMax: values.given('CLIENT_REQUESTS_PER_SECOND_MAX'),
    clientBytesMax: values.given('CLIENT_BYTES_MAX'),
    pendingBytesMax: values.given('PENDING_BYTES_MAX') ?? 4 * values.get('BODY_BYTES_MAX'),
    listenersMax: values.get('LISTENERS_MAX'),
    waitingReadsMax: values.get('WAITING_READS_MAX'),
    joiningMax: values.get('JOINING_MAX'),
    headersTimeoutMs: values.get('HEADERS_TIMEOUT_MS'),
    requestTimeoutMs: values.get('REQUEST_TIMEOUT_MS'),
  };
}

function securityOf(values: GivenValues): SecurityConfig {
  const certFile = values.given('TLS_CERT_FILE');
  const keyFile = values.given('TLS_KEY_FILE');
  return {
    tokens: values.get('API_TOKENS'),
    tokensFile: values.given('API_TOKENS_FILE'),
    isMetricsOpen: values.get('METRICS_OPEN'),
    clusterSecrets: values.get('CLUSTER_SECRET'),
    clusterSecretFile: values.given('CLUSTER_SECRET_FILE'),
    peerPort: values.given('PEER_PORT'),
    peerAddresses: values.get('PEER_ADDRESSES'),
    tls: {
      own: certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile },
      caFile: values.given('TLS_CA_FILE'),
      isMutual: values.get('TLS_CLIENT_AUTH'),
    },
    isOpenToAll: values.get('OPEN_TO_ALL'),
    acceptsInsecure: values.get('ACCEPT_INSECURE'),
  };
}

/**
 * The configured master, and the URLs at which the node registers. The node's own URL is not among the latter unless it
 * was given.
 */
function mastersOf(
  kind: NodeKind,
  values: GivenValues,
  own: { readonly advertisedUrl: string; readonly isInImage: boolean; readonly nodes: readonly string[]; readonly scheme: Scheme },
): Pick<Config, 'masterUrl' | 'masterUrls'> {
  const { advertisedUrl, isInImage, nodes, scheme } = own;
  if (kind === 'node') return { masterUrl: undefined, masterUrls: nodes.filter((url) => url !== advertisedUrl) };
  const given = values.given('MASTER_URL');
  if (kind === 'master') return { masterUrl: given?.[0], masterUrls: [] };
  if (given !== undefined) return { masterUrl: given[0], masterUrls: given };
  const hosts = isInImage ? masterNames : ['localhost'];
  const usual = hosts.map((name) => `${scheme}://${name}:${defaultOf('MASTER_PORT')}`);
  return { masterUrl: undefined, masterUrls: usual.filter((each) => each !== advertisedUrl) };
}

/** Finds settings that contradict each other. */
function crossChecks(config: Config, values: GivenValues): string[] {
  const mistakes: string[] = [];
  const [delay, delays] = [values.given('REPLICATION_DELAY'), values.given('SECONDARY_DELAYS')];
  if (delay !== undefined && delays !== undefined && delay !== delays) {
    mistakes.push('REPLICATION_DELAY and SECONDARY_DELAYS: both are set, but differ');
  }
  if (config.heartbeatIntervalMs * 2 > config.suspectedAfterMs) {
    mistakes.push('HEARTBEAT_INTERVAL_MS: must be at most half of SUSPECTED_AFTER_MS, or a healthy node is suspected');
  }
  if (config.suspectedAfterMs >= config.unhealthyAfterMs) {
    mistakes.push('SUSPECTED_AFTER_MS: must be less than UNHEALTHY_AFTER_MS');
  }
  if (config.messageBytesMax > config.bodyBytesMax) mistakes.push('MESSAGE_BYTES_MAX: must be at most BODY_BYTES_MAX');
  const { limits } = config;
  if (limits.pendingBytesMax < config.bodyBytesMax) mistakes.push('PENDING_BYTES_MAX: must be at least BODY_BYTES_MAX');
  if (limits.headersTimeoutMs > limits.requestTimeoutMs) mistakes.push('HEADERS_TIMEOUT_MS: must be at most REQUEST_TIMEOUT_MS');
  if (config.writeTimeoutMs > timeoutMsMax) mistakes.push(`WRITE_TIMEOUT_MS: must be at most ${timeoutMsMax}`);
  if (config.secondaries.includes(config.advertisedUrl)) mistakes.push(`SECONDARIES: names this node itself, ${config.advertisedUrl}`);
  if (config.masterUrls.includes(config.advertisedUrl)) mistakes.push(`MASTER_URL: names this node itself, ${config.advertisedUrl}`);
  if (new Set(config.secondaries).size < config.secondaries.length) mistakes.push('SECONDARIES: names a URL twice');
  mistakes.push(...electionChecks(config), ...securityMistakes(config));
  mistakes.push(...tlsMistakes(config, (variable) => values.given(variable) !== undefined));
  if (config.isBlank && config.dataDir === undefined) mistakes.push('BLANK: applies to a folder, but MEMORY has none');
  return mistakes;
}

function electionChecks(config: Config): string[] {
  const { kind, nodes, advertisedUrl, coordinator } = config;
  const mistakes: string[] = [];
  if (kind === 'node' && coordinator === 'static') {
    mistakes.push('COORDINATOR: static is for a master and its secondaries; equal nodes need elections or external');
  }
  if (kind === 'node' && !nodes.includes(advertisedUrl)) {
    mistakes.push(`NODES: ${advertisedUrl}, the URL of this node, is not among them; set ADVERTISED_URL to the one that is this node's`);
  }
  if (new Set(nodes).size < nodes.length) mistakes.push('NODES: names a URL twice');
  if (coordinator === 'elections' && config.electionTimeoutMs < 4 * config.heartbeatIntervalMs) {
    mistakes.push('ELECTION_TIMEOUT_MS: must be at least four times HEARTBEAT_INTERVAL_MS, or a short delay ends an epoch');
  }
  return mistakes;
}
