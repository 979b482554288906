/** What a node is started with, as values, and what it says of them. `load.ts` makes it of what the operator gives. */

import type { WriteConcern } from '../api/entries.ts';

/** `node`: one of equals. */
export type NodeKind = 'node' | 'master' | 'secondary';

export interface Config {
  readonly kind: NodeKind;
  readonly port: number;
  readonly host: string;
  readonly serverId: string;
  /** All equal nodes, this one among them; none for a master or a secondary. */
  readonly nodes: readonly string[];
  /** The other nodes that count from the founding on. */
  readonly secondaries: readonly string[];
  /** The one that was given. */
  readonly masterUrl: string | undefined;
  /** Where the node registers itself: at whichever of them answers. */
  readonly masterUrls: readonly string[];
  readonly advertisedUrl: string;
  /** By the URLs of other nodes: where they are dialed instead. */
  readonly dialInstead: Readonly<Record<string, string>>;
  readonly replicationDelayMs: number;
  /** `undefined`: in memory. */
  readonly dataDir: string | undefined;
  readonly isBlank: boolean;
  readonly defaultWriteConcern: WriteConcern;
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
  readonly coordinator: 'static' | 'elections' | 'external';
  readonly electionTimeoutMs: number;
  readonly leaderPriority: number;
  readonly allowedHosts: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly security: SecurityConfig;
}

/** Who is served, and how nodes and clients prove who they are. */
export interface SecurityConfig {
  readonly tokens: readonly GivenToken[];
  readonly tokensFile: string | undefined;
  readonly isMetricsOpen: boolean;
  /** The first is used, all are accepted; none: nodes prove nothing. */
  readonly clusterSecrets: readonly string[];
  readonly clusterSecretFile: string | undefined;
  /** `undefined`: that of the clients. */
  readonly peerPort: number | undefined;
  /** Networks in CIDR notation. */
  readonly peerAddresses: readonly string[];
  readonly tls: TlsConfig | undefined;
  /** Whether protected mode is off. */
  readonly isOpenToAll: boolean;
  /** Whether who comes without token, proof or TLS is served as well. */
  readonly acceptsInsecure: boolean;
}

export interface GivenToken {
  readonly scope: 'read' | 'append' | 'admin';
  readonly token: string;
}

interface TlsConfig {
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string | undefined;
  readonly isMutual: boolean;
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

/**
 * What a node says of its configuration in its log: a list of what may be said, so that what is added later, and may be
 * a secret, is not said until somebody puts it here.
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
  'messageBytesMax',
  'bodyBytesMax',
  'pendingAppendsMax',
  'idempotencyWindowMs',
  'listenerHeartbeatMs',
  'newCluster',
  'coordinator',
  'electionTimeoutMs',
  'leaderPriority',
  'corsOrigins',
] as const satisfies readonly (keyof Config)[];

/** The settings that may be said; of tokens and secrets only how many there are. */
export function sayableConfig(config: Config): object {
  const { tokens, clusterSecrets, ...security } = config.security;
  return {
    ...Object.fromEntries(sayable.map((name) => [name, config[name]])),
    security: { tokens: tokens.length, clusterSecrets: clusterSecrets.length, ...security },
  };
}
