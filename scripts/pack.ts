/** Packs both packages, as they would be published. */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

interface Packed {
  readonly filename: string;
  /** Bytes of the tarball, and of the files in it. */
  readonly size: number;
  readonly unpackedSize: number;
}

/** A package as npm packed it. */
export interface Tarball extends Packed {
  readonly path: string;
}

/**
 * @param root - a checkout; the packages are built in it
 * @param target - where the tarballs are put
 * @returns `replicated-log`, and the client alone
 */
export function packBoth(root: string, target: string): readonly [Tarball, Tarball] {
  const npm = (...args: readonly string[]): string => execFileSync('npm', [...args, '--silent'], { cwd: root, encoding: 'utf8' });
  const pack = (folder: string): Tarball => {
    const printed = npm('pack', folder, '--json', '--offline', '--pack-destination', target);
    const [packed] = JSON.parse(printed.slice(printed.indexOf('['))) as Packed[];
    if (packed === undefined) throw new Error(`npm packed nothing in ${folder}`);
    return { ...packed, path: join(target, packed.filename) };
  };
  const node = pack('.');
  npm('run', 'build:client-package');
  return [node, pack('./client-package')];
}
