/**
 * Another node whose page can be turned to. The page asks nobody but the server that it came from, with this one
 * exception: when that server is not heard any more, whether another node answers at all.
 */

import { healthPath } from '../../api/paths.ts';
import type { NodeAddress } from '../../api/health.ts';
import type { ClusterView } from './types.ts';

const answerWithinMs = 2000;

/** The nodes to try, the last known leader first. None for a page that no node serves: only there is the lab. */
export function othersOf({ self, nodes }: Pick<ClusterView, 'self' | 'nodes'>): readonly NodeAddress[] {
  if (self === undefined) return [];
  const leaderId = nodes.map(({ health }) => health?.leader?.id).find((id) => id !== undefined);
  const others = nodes.filter(({ id }) => id !== self);
  return [...others.filter(({ id }) => id === leaderId), ...others.filter(({ id }) => id !== leaderId)];
}

/** @returns the first of them, in this order, that answers anything; `undefined` if none does */
export async function whoAnswers(
  nodes: readonly NodeAddress[],
  ask: (url: string, signal: AbortSignal) => Promise<unknown> = probe,
): Promise<NodeAddress | undefined> {
  const signal = AbortSignal.timeout(answerWithinMs);
  const answers = await Promise.allSettled(nodes.map(async ({ url }) => ask(new URL(healthPath.slice(1), `${url}/`).href, signal)));
  return nodes.find((_node, index) => answers[index]?.status === 'fulfilled');
}

/** What it says is not for a page of another origin to read; that it says anything is enough. */
function probe(url: string, signal: AbortSignal): Promise<unknown> {
  return fetch(url, { mode: 'no-cors', cache: 'no-store', signal });
}
