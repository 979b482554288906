/**
 * Members that asked this node for its support from another address than the list has for them. Only a leader changes the list,
 * and there is none while nodes hold polls: without this, a member that moved and whose vote is needed would be asked at its old
 * address only, for as long as the others are away.
 *
 * Who may say this is who may hold a poll: a node that speaks for a storage in the list. What it says decides only where this node
 * dials. The hello that it gets there says who answers, and the storage of that node alone makes its answer count.
 */

import { findMember, isMember } from '../model/members.ts';
import type { MemberList } from '../model/members.ts';
import type { Hello } from '../model/messages.ts';
import type { NodeId } from '../model/numbers.ts';
import type { Peers } from '../node/peers.ts';

export class MovedMembers {
  readonly #peers: Peers;
  /** One address for each member: the last one that it asked from. */
  readonly #urls = new Map<NodeId, string>();

  constructor(peers: Peers) {
    this.#peers = peers;
  }

  asked({ id, storageId, url }: Hello, list: MemberList | undefined): void {
    if (list !== undefined && isMember(list, { id, storageId })) this.#urls.set(id, url);
  }

  /** Dials those that are members still and whose address the list does not have, beside those that it has. */
  dial(list: MemberList | undefined): void {
    for (const [id, url] of this.#urls) {
      const member = list === undefined ? undefined : findMember(list, id);
      if (member === undefined || member.url === url) this.#urls.delete(id);
      else if (this.#peers.at(url) === undefined) this.#peers.register(url, false);
    }
  }
}
