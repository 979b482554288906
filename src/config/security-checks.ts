/** Mistakes in settings of who is served and what is dialed, and warnings about those that make a node less safe. */

import type { Config } from './config.ts';
import { isNeverDialed } from './networks.ts';

interface Warning {
  readonly event: string;
  readonly facts: object;
}

/** Logged at every start: such a setting may have been meant for a while only, and forgotten. */
export function securityWarnings({ host, security }: Pick<Config, 'host' | 'security'>): Warning[] {
  const { isOpenToAll, tokens, tokensFile } = security;
  const hasTokens = tokens.length > 0 || tokensFile !== undefined;
  const help = 'anyone who can reach this node can read, append and change the members; with API_TOKENS_FILE they need a token';
  return isOpenToAll && !hasTokens ? [{ event: 'node.open-to-all', facts: { host, help } }] : [];
}

/** One line each. */
export function securityMistakes(config: Config): string[] {
  return [...dialingMistakes(config), ...secretMistakes(config)];
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
