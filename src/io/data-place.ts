/** Finds out whether a folder outlives its container. Linux tells by what is mounted where. */

import { readFileSync, realpathSync } from 'node:fs';

/** As in `DataPlace` of `GET /health`, without what is kept in memory. */
type Place = 'disk' | 'volume' | 'anonymous-volume' | 'container' | 'tmpfs';

interface Mount {
  /** What of its file system is mounted. */
  readonly root: string;
  readonly at: string;
  readonly type: string;
}

/** Where a system does not tell, the folder is taken to be on a disk. */
export function dataPlaceOf(folder: string): Place {
  try {
    return placeIn(readFileSync('/proc/self/mountinfo', 'utf8'), realpathSync(folder));
  } catch {
    return 'disk';
  }
}

/**
 * @param mountInfo - /proc/self/mountinfo (proc_pid_mountinfo(5))
 * @param path - absolute, without links
 */
export function placeIn(mountInfo: string, path: string): Place {
  const mounts = mountInfo.split('\n').flatMap(mountIn);
  const holding = mounts.filter(({ at }) => at === '/' || path === at || path.startsWith(`${at}/`));
  // Of two at the same place the later one covers the other.
  const nearest = holding.reduce<Mount | undefined>(
    (best, mount) => (best === undefined || mount.at.length >= best.at.length ? mount : best),
    undefined,
  );
  if (nearest === undefined) return 'disk';
  if (nearest.type === 'tmpfs' || nearest.type === 'ramfs') return 'tmpfs';
  const isInContainer = holding.some(({ at, type }) => at === '/' && layered.has(type));
  if (!isInContainer) return 'disk';
  if (nearest.at === '/') return 'container';
  return isAnonymous(nearest.root) ? 'anonymous-volume' : 'volume';
}

/** File systems of which engines make the root of a container from the layers of its image. */
const layered: ReadonlySet<string> = new Set(['overlay', 'aufs', 'fuse.fuse-overlayfs']);

/** Docker and Podman name a volume that nobody named by 64 digits; containerd keeps it with its container; Kubernetes with the pod. */
function isAnonymous(root: string): boolean {
  return /\/volumes\/[0-9a-f]{64}(\/|$)|\/containers\/[0-9a-f]{64}\/volumes\/|\/volumes\/kubernetes\.io~empty-dir\//.test(root);
}

function mountIn(line: string): Mount[] {
  const [before = '', after = ''] = line.split(' - ');
  const [, , , root, at] = before.split(' ');
  const [type] = after.split(' ');
  if (root === undefined || at === undefined || type === undefined) return [];
  return [{ root: unescaped(root), at: unescaped(at), type }];
}

/** Spaces and the like are written as octal numbers. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
