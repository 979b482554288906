/**
 * File modes of what a node stores: for its user, and for its group if the folder is open to that. An existing folder
 * keeps its mode: a mounted volume has its own owner, and a group for backups or log readers is the operator's choice.
 */

import { statSync } from 'node:fs';

export const privateFolder = 0o700;
export const privateFile = 0o640;

/** @returns what others (neither the owner nor the group) may do in this folder; `undefined` if nothing */
export function openToOthers(folder: string): 'read' | 'write' | undefined {
  const { mode } = statSync(folder);
  if ((mode & 0o002) !== 0) return 'write';
  return (mode & 0o005) === 0 ? undefined : 'read';
}
