/** Which peers are installed on this machine, and how to install the others. */

import { spawnSync } from 'node:child_process';
import type { Contestant } from './contestant.ts';
import { etcdGrpc, etcdJson } from './etcd.ts';
import { nats } from './nats.ts';
import { redisWait1, redisWait2 } from './redis.ts';

interface Peer {
  readonly command: string;
  readonly debianPackage: string;
  readonly contestants: readonly Contestant[];
}

const peers: readonly Peer[] = [
  { command: 'etcd', debianPackage: 'etcd-server', contestants: [etcdGrpc, etcdJson] },
  { command: 'nats-server', debianPackage: 'nats-server', contestants: [nats] },
  { command: 'redis-server', debianPackage: 'redis-server', contestants: [redisWait1, redisWait2] },
];

export interface Installed {
  readonly contestants: readonly Contestant[];
  readonly versions: readonly string[];
  /** One line about the peers that are skipped; `undefined` if all are installed. */
  readonly hint: string | undefined;
}

export function installedPeers(): Installed {
  const found = peers.map((peer) => ({ ...peer, version: versionOf(peer.command) }));
  const missing = found.filter(({ version }) => version === undefined);
  return {
    contestants: found.filter(({ version }) => version !== undefined).flatMap(({ contestants }) => contestants),
    versions: found.flatMap(({ command, version }) => (version === undefined ? [] : [`${command} ${version}`])),
    hint:
      missing.length === 0
        ? undefined
        : `skipped because not installed: ${missing.map(({ command }) => command).join(', ')} (apt-get install ${missing.map(({ debianPackage }) => debianPackage).join(' ')})`,
  };
}

function versionOf(command: string): string | undefined {
  const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' });
  return status === 0 ? (/\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? 'of unknown version') : undefined;
}
