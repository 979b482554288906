/** NATS JetStream, three nodes, a stream with three replicas in files. It does not flush before it acknowledges. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NatsConnection } from '../load/nats-connection.ts';
import { natsSubject } from '../load/nats.ts';
import { waitFor } from '../wait.ts';
import type { Workspace } from '../workspace.ts';
import type { Contestant, RunningContestant } from './contestant.ts';
import type { PeerNodes } from './etcd.ts';
import { RunningPeer } from './peer.ts';

export const nats: Contestant = {
  id: 'nats',
  title: 'NATS JetStream, R3',
  durability: "in a majority's memory",
  start,
};

export const natsStream = 'LOG';

const streamConfig = JSON.stringify({
  name: natsStream,
  subjects: [natsSubject],
  retention: 'limits',
  storage: 'file',
  num_replicas: 3,
  discard: 'old',
  max_msgs: -1,
  max_bytes: -1,
  max_age: 0,
});

export async function natsNodes(workspace: Workspace): Promise<PeerNodes> {
  const clientPorts = await workspace.freePorts(3);
  const routePorts = await workspace.freePorts(3);
  const folders = clientPorts.map((_, index) => workspace.makeFolder(`nats-${index}`));
  const specs = clientPorts.map((port, index) => {
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
    return { name: `nats-${port}`, command: 'nats-server', args: ['-c', 'nats.conf'], folder };
  });
  return { ports: clientPorts, specs, folders };
}

async function start(workspace: Workspace): Promise<RunningContestant> {
  const { ports, specs, folders } = await natsNodes(workspace);
  const programs = specs.map((spec) => workspace.start(spec));
  let leader: string | undefined;
  await waitFor('NATS has its stream', async () => {
    for (const program of programs) program.check();
    leader = (await askStream(ports[0] ?? 0, 'CREATE'))?.leader;
    return leader !== undefined;
  });
  // At the stream's leader a message saves one hop.
  const index = Number(leader?.slice(1));
  return new RunningPeer({ workspace, target: { kind: 'nats', port: ports[index] ?? 0 }, leader: programs[index], programs, folders });
}

export interface StreamCluster {
  /** Name of the server that leads the stream; absent while none does. */
  readonly leader?: string;
  readonly replicas?: readonly { readonly current: boolean; readonly offline?: boolean }[];
}

/** Creating the stream a second time, unchanged, is not an error. @returns `undefined` if there is no answer, or a refusal */
export async function askStream(port: number, verb: 'CREATE' | 'INFO'): Promise<StreamCluster | undefined> {
  const answer = Promise.withResolvers<StreamCluster | undefined>();
  const timer = setTimeout(() => answer.resolve(undefined), 2000);
  try {
    const connection = await NatsConnection.open(port, {
      onMessage: (_subject, payload) => {
        const { error, cluster } = JSON.parse(payload) as { error?: { description?: string }; cluster?: StreamCluster };
        answer.resolve(error === undefined ? cluster : undefined);
      },
      onClosed: () => answer.resolve(undefined),
    });
    connection.subscribe('_INBOX.setup');
    const body = verb === 'CREATE' ? streamConfig : '';
    connection.write(`PUB $JS.API.STREAM.${verb}.LOG _INBOX.setup ${body.length}\r\n${body}\r\n`);
    const cluster = await answer.promise;
    connection.close();
    return cluster;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
