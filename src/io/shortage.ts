/** Recognises the system errors that are a shortage: nothing was done, and a retry may succeed once there is more. */

import type { Shortage } from '../core/model/shortage.ts';
import { NoRoom } from '../ports/ports.ts';

const shortages: Readonly<Record<string, Shortage>> = {
  // Bytes or inodes.
  ENOSPC: 'disk space',
  EDQUOT: 'disk space',
  // A limit of the process (`ulimit -f`) or of the file system. Node ignores the signal that comes with the former.
  EFBIG: 'file size',
  EMFILE: 'file descriptors',
  ENFILE: 'file descriptors',
  ENOMEM: 'memory',
};

export function shortageOf(error: unknown): Shortage | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return Object.hasOwn(shortages, code) ? shortages[code] : undefined;
}

/** Converts a shortage to the error of ports.ts; any other error stays as it is. */
export function asNoRoom(error: unknown): unknown {
  const lacks = shortageOf(error);
  if (lacks === undefined || !(error instanceof Error)) return error;
  return new NoRoom(`there is too little ${lacks}: ${error.message}`, { cause: error, lacks });
}
