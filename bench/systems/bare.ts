/** The bare handler as a contestant: the reference for single appends. */

import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../wait.ts';
import type { Contestant } from './contestant.ts';

const serverPath = fileURLToPath(new URL('./bare-server.ts', import.meta.url));

export const bare: Contestant = {
  id: 'bare',
  title: 'bare node:http handler',
  durability: 'none',
  start: async (workspace) => {
    const port = await workspace.freePort();
    const program = workspace.start({
      name: 'bare',
      command: process.execPath,
      args: [serverPath, String(port)],
      folder: workspace.folder,
    });
    await waitFor('the bare handler listens', () => {
      program.check();
      return isListening(port);
    });
    return {
      target: { kind: 'http', port, w: 'majority' },
      leaderPid: program.pid,
      check: () => program.check(),
      [Symbol.asyncDispose]: () => program.stop(),
    };
  },
};

export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
