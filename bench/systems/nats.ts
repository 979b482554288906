/** NATS JetStream, three nodes, a stream with three replicas in files. It does not flush before it acknowledges. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NatsConnection } from '../load/nats-connection.ts';
import { natsSubject } from '../load/nats.ts';
import { waitFor } from '../wait.ts';
import type { Workspace } from '../workspace.ts';
import type { Contestant, RunningContestant } from './contestant.ts';
import { RunningPeer } from './peer.ts';

export const nats: Contestant = {
  id: 'nats',
  title: 'NATS JetStream, R3',
  durability: "in a majority's memory",
  start,
};

const streamConfig = JSON.stringify({
  name: 'LOG',
  subjects: [natsSubject],
  retention: 'limits',
  storage: 'file',
  num_replicas: 3,
  discard: 'old',
  max_msgs: -1,
  max_bytes: -1,
  max_age: 0,
});

async function start(workspace: Workspace): Promise<RunningContestant> {
  const clientPorts = await workspace.freePorts(3);
  const routePorts = await workspace.freePorts(3);
  const folders = clientPorts.map((_, index) => workspace.makeFolder(`nats-${index}`));
  const programs = clientPorts.map((port, index) => {
    const folder = folders[index] ?? '';
    const routes = routePorts.map((route) => `nats://127.0.0.1:${route}`).join(', ');
    writeFileSync(
      join(folder, 'nats.conf'),
      [
        `server_name: n${index}`,
        `listen: "127.0.0.1:${port}"`,
        `jetstream { store_dir: ${JSON.stringify(folder)}, max_mem: 1G, max_file: 50G }`,
        `cluster { name: bench, listen: "127.0.0.1:${routePorts[index]}", routes: [${routes}] }`,
        '',
      ].join('\n'),
    );
    return workspace.start({ name: `nats-${port}`, command: 'nats-server', args: ['-c', 'nats.conf'], folder });
  });
  let leader: string | undefined;
  await waitFor('NATS has its stream', async () => {
    for (const program of programs) program.check();
    leader = await makeStream(clientPorts[0] ?? 0);
    return leader !== undefined;
  });
  // Where the stream's leader is, a message goes one way less.
  const port = clientPorts[Number(leader?.slice(1))] ?? clientPorts[0] ?? 0;
  return new RunningPeer({ workspace, target: { kind: 'nats', port }, programs, folders });
}

/** Asks as often as it takes: to make it again as it is, is no mistake. @returns the name of the server that leads the stream, once there is one */
async function makeStream(port: number): Promise<string | undefined> {
  const answer = Promise.withResolvers<string | undefined>();
  const timer = setTimeout(() => answer.resolve(undefined), 2000);
  try {
    const connection = await NatsConnection.open(port, {
      onMessage: (_subject, payload) => {
        const { error, cluster } = JSON.parse(payload) as { error?: { description?: string }; cluster?: { leader?: string } };
        answer.resolve(error === undefined ? cluster?.leader : undefined);
      },
      onClosed: () => answer.resolve(undefined),
    });
    connection.subscribe('_INBOX.setup');
    connection.write(`PUB $JS.API.STREAM.CREATE.LOG _INBOX.setup ${streamConfig.length}\r\n${streamConfig}\r\n`);
    const leader = await answer.promise;
    connection.close();
    return leader;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
