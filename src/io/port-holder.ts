/** Which process listens on a port of this machine, where the system tells: on Linux, of this user's own processes. */

import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

export interface PortHolder {
  readonly pid: number;
  /** Its program and arguments, without flags and folders. */
  readonly command: string;
}

const listening = '0A';
const commandLengthMax = 60;

/** @returns `undefined` if the system does not tell */
export function portHolder(port: number): PortHolder | undefined {
  const sockets = listeningSockets(port);
  if (sockets.size === 0) return undefined;
  for (const name of entriesOf('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const holds = entriesOf(`/proc/${name}/fd`).some((fd) => {
      const [, socket] = /^socket:\[(\d+)\]$/.exec(orNothing(() => readlinkSync(`/proc/${name}/fd/${fd}`))) ?? [];
      return socket !== undefined && sockets.has(socket);
    });
    if (holds) return { pid: Number(name), command: commandOf(name) };
  }
  return undefined;
}

/** By their inodes: of IPv4 and IPv6, on whatever address. */
function listeningSockets(port: number): Set<string> {
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of orNothing(() => readFileSync(table, 'latin1'))
      .split('\n')
      .slice(1)) {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === listening && inode !== undefined && Number.parseInt(local.split(':')[1] ?? '', 16) === port) inodes.add(inode);
    }
  }
  return inodes;
}

function commandOf(pid: string): string {
  const words = orNothing(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
  const telling = words.filter((word) => word !== '' && !word.startsWith('-')).map((word) => basename(word));
  const command = telling.length > 0 ? telling.join(' ') : orNothing(() => readFileSync(`/proc/${pid}/comm`, 'utf8')).trim();
  return command.slice(0, commandLengthMax);
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // Another user's, gone by now, or another system.
  }
}

function orNothing(read: () => string): string {
  try {
    return read();
  } catch {
    return ''; // As above.
  }
}
