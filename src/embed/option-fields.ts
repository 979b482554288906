/** Which field of the options is which setting of the table in `config`, and how its value is written as the table reads it. */

import type { Variable } from '../config/options.ts';
import type { NodeOptions } from './options.ts';

/** Those that are for the process in which the node runs, and not for the node. */
export type OwnField = 'thread' | 'signals' | 'logToStdout' | 'maxPending';
type Field = Exclude<keyof NodeOptions, OwnField>;

export const optionFields = {
  url: 'ADVERTISED_URL',
  nodes: 'NODES',
  id: 'SERVER_ID',
  host: 'HOST',
  port: 'NODE_PORT',
  dialInstead: 'DIAL_INSTEAD',
  dataDir: 'DATA_DIR',
  memory: 'MEMORY',
  blank: 'BLANK',
  segmentBytesMax: 'SEGMENT_BYTES_MAX',
  cutBytesMax: 'CUT_BYTES_MAX',
  logLevel: 'LOG_LEVEL',
  logFile: 'LOG_FILE',
  w: 'DEFAULT_WRITE_CONCERN',
  timeoutMs: 'WRITE_TIMEOUT_MS',
  messageBytesMax: 'MESSAGE_BYTES_MAX',
  bodyBytesMax: 'BODY_BYTES_MAX',
  pendingAppendsMax: 'PENDING_APPENDS_MAX',
  pendingBytesMax: 'PENDING_BYTES_MAX',
  replicationDelayMs: 'REPLICATION_DELAY',
  idempotencyWindowMs: 'IDEMPOTENCY_WINDOW',
  retentionAgeMaxMs: 'RETENTION_AGE_MAX',
  retentionBytesMax: 'RETENTION_BYTES_MAX',
  retentionEntriesMax: 'RETENTION_ENTRIES_MAX',
  newCluster: 'NEW_CLUSTER',
  coordinator: 'COORDINATOR',
  electionTimeoutMs: 'ELECTION_TIMEOUT_MS',
  leaderPriority: 'LEADER_PRIORITY',
  heartbeatIntervalMs: 'HEARTBEAT_INTERVAL_MS',
  suspectedAfterMs: 'SUSPECTED_AFTER_MS',
  unhealthyAfterMs: 'UNHEALTHY_AFTER_MS',
  apiTokens: 'API_TOKENS',
  apiTokensFile: 'API_TOKENS_FILE',
  metricsOpen: 'METRICS_OPEN',
  clusterSecret: 'CLUSTER_SECRET',
  clusterSecretFile: 'CLUSTER_SECRET_FILE',
  peerPort: 'PEER_PORT',
  peerAddresses: 'PEER_ADDRESSES',
  tlsCertFile: 'TLS_CERT_FILE',
  tlsKeyFile: 'TLS_KEY_FILE',
  tlsCaFile: 'TLS_CA_FILE',
  tlsClientAuth: 'TLS_CLIENT_AUTH',
  openToAll: 'OPEN_TO_ALL',
  acceptInsecure: 'ACCEPT_INSECURE',
  corsOrigins: 'CORS_ORIGINS',
  allowedHosts: 'ALLOWED_HOSTS',
  apiDialect: 'API_DIALECT',
  connectionsMax: 'CONNECTIONS_MAX',
  connectionsPerAddressMax: 'CONNECTIONS_PER_ADDRESS_MAX',
  clientRequestsPerSecondMax: 'CLIENT_REQUESTS_PER_SECOND_MAX',
  clientBytesMax: 'CLIENT_BYTES_MAX',
  listenersMax: 'LISTENERS_MAX',
  listenerHeartbeatMs: 'LISTENER_HEARTBEAT_MS',
  waitingReadsMax: 'WAITING_READS_MAX',
  joiningMax: 'JOINING_MAX',
  headersTimeoutMs: 'HEADERS_TIMEOUT_MS',
  requestTimeoutMs: 'REQUEST_TIMEOUT_MS',
} as const satisfies Record<Field, Variable>;

const fieldsByVariable: ReadonlyMap<string, string> = new Map(Object.entries(optionFields).map(([field, variable]) => [variable, field]));

/** A sentence about settings, with the names of the fields instead of those of the variables. */
export function inFieldNames(text: string): string {
  return text.replaceAll(/\b[A-Z]+(?:_[A-Z]+)*\b/g, (word) => fieldsByVariable.get(word) ?? word);
}

/** What a value is as a text of the environment; `undefined` if it has a type that no option has. */
export function textOf(field: Field, value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return numberText(field, value);
  if (value === null) return field === 'logFile' ? '' : undefined;
  if (Array.isArray(value)) return listText(field, value);
  if (typeof value === 'object' && field === 'dialInstead') return pairsText(value);
  return undefined;
}

function numberText(field: Field, value: number): string {
  if (field === 'replicationDelayMs') return String(value / 1000);
  return optionFields[field] === 'IDEMPOTENCY_WINDOW' || optionFields[field] === 'RETENTION_AGE_MAX' ? `${value}ms` : String(value);
}

/** A comma within an item would make two of it. */
function listText(field: Field, items: readonly unknown[]): string | undefined {
  const texts = items.map((item) => (field === 'apiTokens' ? tokenText(item) : item));
  return texts.every((text) => typeof text === 'string' && !text.includes(',')) ? texts.join(',') : undefined;
}

function tokenText(item: unknown): string | undefined {
  const { scope, token } = (typeof item === 'object' && item !== null ? item : {}) as Readonly<Record<string, unknown>>;
  return typeof scope === 'string' && typeof token === 'string' ? `${scope}:${token}` : undefined;
}

function pairsText(value: object): string | undefined {
  const pairs = Object.entries(value).map(([from, to]) => (typeof to === 'string' ? `${from}=${to}` : ','));
  return pairs.some((pair) => pair.includes(',')) ? undefined : pairs.join(',');
}
