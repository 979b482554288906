/** The configuration of a node, and the part of it that may be logged. `load.ts` makes it from what the operator gives. */

import type { WriteConcern } from '../api/entries.ts';

/** `node`: one of equal nodes. */
export type NodeKind = 'node' | 'master' | 'secondary';

export interface Config {
  readonly kind: NodeKind;
  readonly port: number;
  readonly host: string;
  readonly serverId: string;
  /** All equal nodes, including this one; empty for a master or a secondary. */
  readonly nodes: readonly string[];
  /** The other nodes that are members from the founding on. */
  readonly secondaries: readonly string[];
  /** The URL in `MASTER_URL`, if it is set. */
  readonly masterUrl: string | undefined;
  /** Where the node registers itself: at the first of these that answers. */
  readonly masterUrls: readonly string[];
  readonly advertisedUrl: string;
  /** By URL of another node: the URL to dial instead. */
  readonly dialInstead: Readonly<Record<string, string>>;
  readonly replicationDelayMs: number;
  /** `undefined`: in memory. */
  readonly dataDir: string | undefined;
  readonly isBlank: boolean;
  readonly defaultWriteConcern: WriteConcern;
  readonly writeTimeoutMs: number;
  readonly apiDialect: 'native' | 'envelope' | 'objects';
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** `undefined`: no log file. */
  readonly logFile: string | undefined;
  readonly heartbeatIntervalMs: number;
  readonly suspectedAfterMs: number;
  readonly unhealthyAfterMs: number;
  readonly segmentBytesMax: number;
  readonly cutBytesMax: number;
  readonly messageBytesMax: number;
  readonly bodyBytesMax: number;
  readonly pendingAppendsMax: number;
  readonly idempotencyWindowMs: number;
  /** What a cluster that this node founds keeps; `null`: no limit. */
  readonly retention: { readonly maxAgeMs: number | null; readonly maxBytes: number | null; readonly maxEntries: number | null };
  readonly listenerHeartbeatMs: number;
  readonly newCluster: 'auto' | 'never';
  readonly coordinator: 'static' | 'elections' | 'external';
  readonly electionTimeoutMs: number;
  readonly leaderPriority: number;
  readonly allowedHosts: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly limits: LimitsConfig;
  readonly security: SecurityConfig;
}

/** What callers may use up; the other limits of this kind stand beside what they limit. */
export interface LimitsConfig {
  /** `undefined`: as many as the limit of descriptors leaves. */
  readonly connectionsMax: number | undefined;
  readonly connectionsPerAddressMax: number;
  /** Of one client; `undefined`: no limit. */
  readonly clientRequestsPerSecondMax: number | undefined;
  readonly clientBytesMax: number | undefined;
  readonly pendingBytesMax: number;
  readonly listenersMax: number;
  readonly waitingReadsMax: number;
  readonly joiningMax: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

/** Which clients are served, and how nodes and clients prove who they are. */
export interface SecurityConfig {
  readonly tokens: readonly GivenToken[];
  readonly tokensFile: string | undefined;
  readonly isMetricsOpen: boolean;
  /** The first is used, all are accepted. If empty, nodes do not prove anything. */
  readonly clusterSecrets: readonly string[];
  readonly clusterSecretFile: string | undefined;
  /** `undefined`: the same port as for clients. */
  readonly peerPort: number | undefined;
  /** Networks in CIDR notation. */
  readonly peerAddresses: readonly string[];
  readonly tls: TlsConfig;
  /** Protected mode is off. */
  readonly isOpenToAll: boolean;
  /** Clients and nodes without a token, a proof or TLS are served as well. */
  readonly acceptsInsecure: boolean;
}

export interface GivenToken {
  readonly scope: 'read' | 'append' | 'admin';
  readonly token: string;
}

interface TlsConfig {
  /** With which the node serves HTTPS; `undefined`: plain HTTP. */
  readonly own: { readonly certFile: string; readonly keyFile: string } | undefined;
  /** `undefined`: the authorities that the system trusts. */
  readonly caFile: string | undefined;
  /** Whether clients and nodes need a certificate, too. */
  readonly isMutual: boolean;
}

/** Everything that is wrong with the settings, one line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[], options?: ErrorOptions) {
    super(mistakes.join('\n'), options);
    this.mistakes = mistakes;
  }
}

/**
 * The settings that a node may log. This is a list of what is allowed, so that a setting that is added later, and may
 * be a secret, is not logged until somebody adds it here.
 */
const sayable = [
  'kind',
  'port',
  'host',
  'serverId',
  'nodes',
  'secondaries',
  'masterUrl',
  'masterUrls',
  'advertisedUrl',
  'dialInstead',
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
  'cutBytesMax',
  'messageBytesMax',
  'bodyBytesMax',
  'pendingAppendsMax',
  'idempotencyWindowMs',
  'retention',
  'listenerHeartbeatMs',
  'newCluster',
  'coordinator',
  'electionTimeoutMs',
  'leaderPriority',
  'corsOrigins',
  'limits',
] as const satisfies readonly (keyof Config)[];

/** The settings that may be logged; only the number of tokens and secrets, not their values. */
export function sayableConfig(config: Config): object {
  const { tokens, clusterSecrets, ...security } = config.security;
  return {
    ...Object.fromEntries(sayable.map((name) => [name, config[name]])),
    security: { tokens: tokens.length, clusterSecrets: clusterSecrets.length, ...security },
  };
}
