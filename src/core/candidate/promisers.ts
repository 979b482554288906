/** Whose promises count for a candidate, and who is missing. */

import { knownStorages } from '../members/founding.ts';
import type { Promiser } from '../members/founding.ts';
import type { NodeContext } from '../node/context.ts';
import type { Peers } from '../node/peers.ts';
import type { Ballot } from './ballot.ts';

/** All nodes whose promise counts, this one included. */
export function promisersOf(context: NodeContext, peers: Peers, ballot: Ballot): Promiser[] {
  const { options, promises, outline, clusterId } = context;
  const own: Promiser = { id: options.id, storageId: promises.storageId, url: options.url, otherUrls: peers.otherUrlsOf(options) };
  const others = ballot.counted({ clusterId, tip: outline.tip });
  return [own, ...others.map((given) => ({ ...given, otherUrls: peers.otherUrlsOf(given.peer) }))];
}

/** Names of members, or addresses where no node was reached. */
export function missingOf({ outline, options }: NodeContext, promisers: readonly Promiser[]): string[] {
  const { list } = outline;
  if (list !== undefined && outline.hasLog) {
    const holders = knownStorages(list, promisers);
    return list.members.filter((member) => !holders.includes(member)).map((member) => member.id);
  }
  const reached = new Set(promisers.map(({ url }) => url));
  return options.secondaries.filter((url) => !reached.has(url));
}
