/** What the machine can replicate: three processes write and flush the same bytes while one sends two copies over loopback. */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isListening } from '../systems/bare.ts';
import { waitFor } from '../wait.ts';
import type { Workspace } from '../workspace.ts';

const processPath = fileURLToPath(new URL('./replication-process.ts', import.meta.url));
const pieceBytes = 1024 * 1024;

/** @returns bytes per second, each counted once */
export async function measureReplication(workspace: Workspace, options: { readonly bytes: number }): Promise<number> {
  const bytes = Math.ceil(options.bytes / pieceBytes) * pieceBytes;
  const folder = workspace.makeFolder('limit');
  const ports = await workspace.freePorts(2);
  const start = (role: string, name: string, own: readonly number[]) =>
    workspace.start({
      name: `limit-${name}`,
      command: process.execPath,
      args: [processPath, role, join(folder, name), String(bytes), ...own.map(String)],
      folder,
      hasChannel: true,
    });
  const followers = ports.map((port, index) => start('follower', `follower-${index}`, [port]));
  // This check makes the first connection; the follower accepts any number of them.
  await waitFor('the followers of the limit listen', async () => {
    for (const follower of followers) follower.check();
    const all = await Promise.all(ports.map(isListening));
    return all.every(Boolean);
  });
  const leader = start('leader', 'leader', ports);
  const answer = await new Promise<{ readonly ms: number }>((resolve, reject) => {
    leader.process.once('message', resolve);
    void leader.exited().then((how) => reject(new Error(`the limit's leader ended (${how}):\n${leader.outputTail()}`)));
  });
  await Promise.all([leader, ...followers].map((program) => program.kill()));
  workspace.removeFolder(folder);
  return (bytes / answer.ms) * 1000;
}
