/** etcd, three nodes with their defaults. The load goes to the leader, as with ours. */

import type { LoadTarget } from '../load/plan.ts';
import type { ProgramSpec } from '../program.ts';
import { waitFor } from '../wait.ts';
import type { Workspace } from '../workspace.ts';
import type { Contestant, RunningContestant } from './contestant.ts';
import { RunningPeer } from './peer.ts';

const durability = 'flushed by a majority';

export const etcdGrpc: Contestant = {
  id: 'etcd-grpc',
  title: 'etcd, gRPC',
  durability,
  start: (workspace) => start(workspace, 'etcd-grpc'),
};

export const etcdJson: Contestant = {
  id: 'etcd-json',
  title: 'etcd, JSON gateway',
  durability,
  start: (workspace) => start(workspace, 'etcd-json'),
};

export interface PeerNodes {
  readonly ports: readonly number[];
  /** How each is started, and started again. */
  readonly specs: readonly Omit<ProgramSpec, 'outputPath'>[];
  readonly folders: readonly string[];
}

export async function etcdNodes(workspace: Workspace): Promise<PeerNodes> {
  const clientPorts = await workspace.freePorts(3);
  const peerPorts = await workspace.freePorts(3);
  const members = peerPorts.map((port, index) => `n${index}=${url(port)}`).join(',');
  const folders = clientPorts.map((_, index) => workspace.makeFolder(`etcd-${index}`));
  const specs = clientPorts.map((port, index) => ({
    name: `etcd-${port}`,
    command: 'etcd',
    folder: folders[index] ?? '',
    args: [
      ...['--name', `n${index}`, '--data-dir', folders[index] ?? '', '--log-level', 'error'],
      ...['--listen-client-urls', url(port), '--advertise-client-urls', url(port)],
      ...['--listen-peer-urls', url(peerPorts[index]), '--initial-advertise-peer-urls', url(peerPorts[index])],
      ...['--initial-cluster', members, '--initial-cluster-state', 'new'],
    ],
  }));
  return { ports: clientPorts, specs, folders };
}

async function start(workspace: Workspace, kind: 'etcd-grpc' | 'etcd-json'): Promise<RunningContestant> {
  const { ports, specs, folders } = await etcdNodes(workspace);
  const programs = specs.map((spec) => workspace.start(spec));
  let leaderPort: number | undefined;
  await waitFor('etcd has a leader', async () => {
    for (const program of programs) program.check();
    leaderPort = await findLeader(ports);
    return leaderPort !== undefined;
  });
  const target: LoadTarget = { kind, port: leaderPort ?? 0 };
  return new RunningPeer({ workspace, target, leader: programs[ports.indexOf(leaderPort ?? 0)], programs, folders });
}

function url(port: number | undefined): string {
  return `http://127.0.0.1:${port}`;
}

async function findLeader(ports: readonly number[]): Promise<number | undefined> {
  for (const port of ports) {
    try {
      const answer = await fetch(`${url(port)}/v3/maintenance/status`, { method: 'POST', body: '{}' });
      const { header, leader } = (await answer.json()) as { header?: { member_id?: string }; leader?: string };
      if (leader !== undefined && leader !== '0' && leader === header?.member_id) return port;
    } catch {
      // It does not listen yet.
    }
  }
  return undefined;
}
