/** Mistakes in settings of who is served and what is dialed, and warnings about those that make a node less safe. */

import type { Config, SecurityConfig } from './config.ts';
import { isNeverDialed } from './networks.ts';

/** Whether a client without a token is refused. */
export function needsToken({ tokens, tokensFile, acceptsInsecure }: SecurityConfig): boolean {
  return (tokens.length > 0 || tokensFile !== undefined) && !acceptsInsecure;
}

type TlsVariable = 'TLS_CERT_FILE' | 'TLS_KEY_FILE';

/** One line each. */
export function tlsMistakes({ security, advertisedUrl }: Config, isGiven: (variable: TlsVariable) => boolean): string[] {
  const { tls, acceptsInsecure } = security;
  const [hasCertificate, hasKey] = [isGiven('TLS_CERT_FILE'), isGiven('TLS_KEY_FILE')];
  const mistakes: string[] = [];
  if (hasCertificate && !hasKey) mistakes.push('TLS_CERT_FILE: needs its key in TLS_KEY_FILE');
  if (hasKey && !hasCertificate) mistakes.push('TLS_KEY_FILE: needs its certificate in TLS_CERT_FILE');
  if (tls.isMutual && !hasCertificate) mistakes.push('TLS_CLIENT_AUTH: needs TLS_CERT_FILE; without TLS clients show no certificates');
  if (tls.isMutual && tls.caFile === undefined) {
    mistakes.push("TLS_CLIENT_AUTH: needs TLS_CA_FILE, with the authorities that issue the clients' certificates");
  }
  if (tls.own !== undefined && !acceptsInsecure && advertisedUrl.startsWith('http:')) {
    mistakes.push(
      `ADVERTISED_URL: ${advertisedUrl} must begin with https://, also in NODES, since this node serves TLS only; ACCEPT_INSECURE=1 makes it serve both`,
    );
  }
  return mistakes;
}

interface Warning {
  readonly event: string;
  readonly facts: object;
}

/** Logged at every start: such a setting may have been meant for a while only, and forgotten. */
export function securityWarnings({ host, security }: Pick<Config, 'host' | 'security'>): Warning[] {
  const { isOpenToAll, acceptsInsecure } = security;
  const warnings: Warning[] = [];
  if (isOpenToAll && !needsToken(security)) {
    const help = 'anyone who can reach this node can read, append and change the members; with API_TOKENS_FILE they need a token';
    warnings.push({ event: 'node.open-to-all', facts: { host, help } });
  }
  if (acceptsInsecure) {
    const help = 'clients and nodes without a token, a proof or TLS are served; unset ACCEPT_INSECURE once all of them use what is set';
    warnings.push({ event: 'node.accepts-insecure', facts: { help } });
  }
  return warnings;
}

/** One line each. */
export function securityMistakes(config: Config): string[] {
  return [...dialingMistakes(config), ...secretMistakes(config), ...tokenMistakes(config)];
}

function dialingMistakes({ kind, nodes, secondaries, masterUrls, masterUrl }: Config): string[] {
  const masters = masterUrl === undefined ? masterUrls : [masterUrl, ...masterUrls];
  const named = kind === 'node' ? { NODES: nodes } : { SECONDARIES: secondaries, MASTER_URL: masters };
  return Object.entries(named).flatMap(([variable, urls]) => {
    const wrong = urls.find((url) => isNeverDialed(new URL(url).hostname));
    if (wrong === undefined) return [];
    return [`${variable}: ${wrong} is link-local, or a cloud's metadata service: nodes are never dialed there`];
  });
}

function secretMistakes({ port, security }: Config): string[] {
  const { clusterSecrets, clusterSecretFile, peerPort } = security;
  const mistakes: string[] = [];
  const hasSecret = clusterSecrets.length > 0 || clusterSecretFile !== undefined;
  if (clusterSecrets.length > 0 && clusterSecretFile !== undefined)
    mistakes.push('CLUSTER_SECRET and CLUSTER_SECRET_FILE: both are set; one is enough');
  if (peerPort !== undefined && !hasSecret) mistakes.push('PEER_PORT: needs CLUSTER_SECRET, by which that port knows the other nodes');
  if (peerPort === port) mistakes.push('PEER_PORT: is the port of the clients');
  return mistakes;
}

/** Clients need tokens, and nodes have no secret by which they could be told from anybody else. */
export function lacksSecret({ tokens, tokensFile, clusterSecrets, clusterSecretFile }: SecurityConfig): boolean {
  const hasTokens = tokens.length > 0 || tokensFile !== undefined;
  return hasTokens && clusterSecrets.length === 0 && clusterSecretFile === undefined;
}

function tokenMistakes({ security, secondaries, masterUrls }: Config): string[] {
  if (!lacksSecret(security) || secondaries.length + masterUrls.length === 0) return [];
  const [other = ''] = [...secondaries, ...masterUrls];
  return [`CLUSTER_SECRET: must be set, as there are tokens and other nodes (${other}): without it anybody could pass for one of them`];
}
