/** Through which peer a member is reached, or was last reached: what is known of the peer then speaks for the member. */

import type { Member } from '../model/members.ts';
import type { Peer } from '../node/peers.ts';

type Known = Pick<Peer, 'url' | 'hello' | 'lastStorageId'>;

/** @returns `undefined` if nothing was heard that counts for this member */
export function peerOfMember<P extends Known>(peers: Iterable<P>, { id, storageId, url }: Member): P | undefined {
  let byAddress: P | undefined;
  for (const peer of peers) {
    if (peer.hello?.id === id && peer.hello.storageId === storageId) return peer;
    // A node that came back without its disk and went again was not this member: it says nothing of the member's health.
    const isOther = peer.lastStorageId !== undefined && peer.lastStorageId !== storageId;
    if (peer.url === url && peer.hello === undefined && !isOther) byAddress = peer;
  }
  return byAddress;
}
