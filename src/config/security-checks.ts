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
export function securityMistakes({ kind, nodes, secondaries, masterUrls, masterUrl }: Config): string[] {
  const masters = masterUrl === undefined ? masterUrls : [masterUrl, ...masterUrls];
  const named = kind === 'node' ? { NODES: nodes } : { SECONDARIES: secondaries, MASTER_URL: masters };
  return Object.entries(named).flatMap(([variable, urls]) => {
    const wrong = urls.find((url) => isNeverDialed(new URL(url).hostname));
    if (wrong === undefined) return [];
    return [`${variable}: ${wrong} is link-local, or a cloud's metadata service: nodes are never dialed there`];
  });
}
