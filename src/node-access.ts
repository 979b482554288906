/** Who may do what on a node: its tokens, as the settings and a file have them, for as long as it runs. */

import { ConfigError } from './config/config.ts';
import type { Config, SecurityConfig } from './config/config.ts';
import { lacksSecret } from './config/security-checks.ts';
import type { MemberList } from './core/model/members.ts';
import { Access } from './http/access/access.ts';
import type { AuditingNode } from './http/access/audit.ts';
import { OwnConnections } from './http/access/own-connections.ts';
import type { NodeLogger } from './observe/logger.ts';
import { Tokens, entriesOf, parseTokens } from './trust/tokens.ts';
import { WatchedFiles } from './trust/watched-file.ts';

export interface NodeAccess extends AuditingNode {
  /** Whether the other end of a connection is this node, or proved that it has the secret of the cluster. */
  readonly isBelieved: (socket: object) => boolean;
  readonly own: OwnConnections;
  readonly stop: () => void;
}

interface Surroundings {
  readonly log: NodeLogger['log'];
  readonly isProven: (socket: object) => boolean;
  /** The members, as the log of this node has them. */
  readonly list: MemberList | undefined;
}

/** @throws ConfigError if there must be a secret too, or the file of tokens cannot be read or understood */
export function nodeAccess({ security, serverId }: Config, { log, isProven, list }: Surroundings): NodeAccess {
  const others = (list?.members ?? []).flatMap(({ id }) => (id === serverId ? [] : [id]));
  if (others.length > 0 && lacksSecret(security)) {
    throw new ConfigError([
      `CLUSTER_SECRET: must be set, as there are tokens, and the log here names other members (${others.join(', ')}): without it anybody could pass for one of them`,
    ]);
  }
  const own = new OwnConnections();
  const isBelieved = (socket: object): boolean => own.has(socket) || isProven(socket);
  const { tokens, stop } = openTokens(security, log, () => {
    access.tokensChanged().catch((error: unknown) => log.error({ err: error }, 'tokens.failed'));
  });
  const access = new Access({
    tokens,
    hasSecret: security.clusterSecrets.length > 0 || security.clusterSecretFile !== undefined,
    isProven: isBelieved,
    acceptsInsecure: security.acceptsInsecure,
    areMetricsOpen: security.isMetricsOpen,
  });
  return { access, own, isBelieved, stop, audit: (event, facts) => log.info(facts, event) };
}

/** @param changed - called when they are others than before */
function openTokens(
  { tokens: given, tokensFile: path }: SecurityConfig,
  log: NodeLogger['log'],
  changed: () => void,
): { readonly tokens: Tokens | undefined; readonly stop: () => void } {
  const fixed = entriesOf(given);
  if (path === undefined) return { tokens: fixed.length === 0 ? undefined : new Tokens(fixed), stop: () => undefined };
  try {
    const file = new WatchedFiles({
      paths: [path],
      parse: ([text = '']) => [...fixed, ...parseTokens(text)],
      changed: (entries) => {
        tokens.replace(entries);
        log.info({ file: path, count: tokens.count }, 'tokens.changed');
        changed();
      },
      failed: (error) => log.error({ file: path, reason: error.message }, 'tokens.not-read'),
    });
    const tokens = new Tokens(file.value);
    // Nobody may do anything then, until there is one.
    if (tokens.count === 0) log.warn({ file: path }, 'tokens.none');
    return { tokens, stop: () => file.stop() };
  } catch (cause) {
    throw new ConfigError([`API_TOKENS_FILE: ${path}: ${cause instanceof Error ? cause.message : String(cause)}`], { cause });
  }
}
