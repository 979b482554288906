/** What is to be said of settings that make a node less safe. */

import type { Config } from './config.ts';

interface Warning {
  readonly event: string;
  readonly facts: object;
}

/** At every start: whoever set it for a while may have forgotten it. */
export function securityWarnings({ host, security }: Pick<Config, 'host' | 'security'>): Warning[] {
  const { isOpenToAll, tokens, tokensFile } = security;
  const hasTokens = tokens.length > 0 || tokensFile !== undefined;
  const help = 'everybody who reaches this node can read, append and change the members; API_TOKENS_FILE makes them show a token';
  return isOpenToAll && !hasTokens ? [{ event: 'node.open-to-all', facts: { host, help } }] : [];
}
