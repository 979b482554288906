/** Finds the process that listens on a port of this machine, if the system tells: on Linux, among this user's own processes. */

import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

export interface PortHolder {
  readonly pid: number;
  /** Program and arguments, without flags and folders. */
  readonly command: string;
}

const listening = '0A';
const commandLengthMax = 60;

/** @returns `undefined` if it is unknown, or the port is free */
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

/** Inodes of the sockets that listen on this port, IPv4 and IPv6, at any address. */
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
    return []; // Of another user, gone by now, or another system.
  }
}

function orNothing(read: () => string): string {
  try {
    return read();
  } catch {
    return ''; // The same reasons.
  }
}
