/** Redis: a primary and two replicas with `appendfsync always`; each write waits with `WAIT` for one or two replicas. */

import { ReplyLines } from '../load/redis-replies.ts';
import { openSocket } from '../load/socket-lane.ts';
import { waitFor } from '../wait.ts';
import type { Workspace } from '../workspace.ts';
import type { Contestant, RunningContestant } from './contestant.ts';
import type { PeerNodes } from './etcd.ts';
import { RunningPeer } from './peer.ts';

function redisWaiting(replicas: 1 | 2): Contestant {
  return {
    id: `redis-wait-${replicas}`,
    title: `Redis, WAIT ${replicas}, AOF always`,
    durability: `flushed by the primary, in the memory of ${replicas === 1 ? 'a replica' : 'two replicas'}`,
    start: (workspace) => start(workspace, replicas),
  };
}

export const redisWait1 = redisWaiting(1);
export const redisWait2 = redisWaiting(2);

/** The first is the primary, until somebody decides otherwise. */
export async function redisNodes(workspace: Workspace): Promise<PeerNodes> {
  const ports = await workspace.freePorts(3);
  const folders = ports.map((_, index) => workspace.makeFolder(`redis-${index}`));
  const specs = ports.map((port, index) => ({
    name: `redis-${port}`,
    command: 'redis-server',
    folder: folders[index] ?? '',
    args: [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folders[index] ?? '', '--save', ''],
      ...['--appendonly', 'yes', '--appendfsync', 'always', '--repl-diskless-sync-delay', '0'],
      ...(index === 0 ? [] : ['--replicaof', '127.0.0.1', String(ports[0])]),
    ],
  }));
  return { ports, specs, folders };
}

async function start(workspace: Workspace, replicas: number): Promise<RunningContestant> {
  const { ports, specs, folders } = await redisNodes(workspace);
  const programs = specs.map((spec) => workspace.start(spec));
  const port = ports[0] ?? 0;
  await waitFor('Redis has both replicas', async () => {
    for (const program of programs) program.check();
    return (await onlineReplicas(port)) === 2;
  });
  return new RunningPeer({ workspace, target: { kind: 'redis', port, replicas }, leader: programs[0], programs, folders });
}

/** How many replicas acknowledge a write of the set-up. */
async function onlineReplicas(port: number): Promise<number> {
  const answer = Promise.withResolvers<number>();
  try {
    const replies = new ReplyLines((kind, text) => {
      if (kind === 'number') answer.resolve(Number(text));
      if (kind === 'error') answer.resolve(0);
    });
    const socket = await openSocket(port, { onData: (chunk) => replies.push(chunk), onClosed: () => answer.resolve(0) });
    socket.write('SET ready 1\r\nWAIT 2 200\r\n');
    const count = await answer.promise;
    socket.destroy();
    return count;
  } catch {
    return 0;
  }
}
