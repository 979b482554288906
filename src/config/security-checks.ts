/** Warnings about settings that make a node less safe. */

import type { Config } from './config.ts';

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
