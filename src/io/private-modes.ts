/**
 * Who may read what a node keeps: its user alone, and its group where somebody opens the folder to it. A folder that is
 * there already keeps its mode, whoever set it: a mounted volume has its owner, and a group of backup or log readers is the
 * operator's choice.
 */

import { statSync } from 'node:fs';

export const privateFolder = 0o700;
export const privateFile = 0o640;

/** @returns what others, who are neither the owner nor of the group, may do in this folder; `undefined` if nothing */
export function openToOthers(folder: string): 'read' | 'write' | undefined {
  const { mode } = statSync(folder);
  if ((mode & 0o002) !== 0) return 'write';
  return (mode & 0o005) === 0 ? undefined : 'read';
}
