/** Our cluster as a contestant: of this checkout, or of another commit of ours. */

import { fileURLToPath } from 'node:url';
import type { Contestant } from './contestant.ts';
import { OurCluster } from './our-cluster.ts';
import type { OurClusterOptions } from './our-cluster.ts';
import type { Workspace } from '../workspace.ts';

export interface OurContestant extends Contestant {
  readonly rlogPath: string;
  startCluster(workspace: Workspace, options?: Omit<OurClusterOptions, 'rlogPath'>): Promise<OurCluster>;
}

export function oursAt(rlogPath: string, { id, title }: { readonly id: string; readonly title: string }): OurContestant {
  return {
    id,
    title,
    durability: 'flushed by a majority',
    rlogPath,
    start: (workspace) => OurCluster.start(workspace, { rlogPath }),
    startCluster: (workspace, options = {}) => OurCluster.start(workspace, { ...options, rlogPath }),
  };
}

export const ours = oursAt(fileURLToPath(new URL('../../bin/rlog', import.meta.url)), { id: 'ours', title: 'Replicated Log' });
