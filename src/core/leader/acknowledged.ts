/** What each node last acknowledged in this epoch. It counts only for the storage that the node had at the time. */

import { batchNumber } from '../model/numbers.ts';
import type { BatchNumber, NodeId, StorageId } from '../model/numbers.ts';
import type { Held, LogPoint } from '../model/place.ts';
import type { Outbox } from '../node/outbox.ts';
import type { Peer } from '../node/peers.ts';

interface Holder {
  readonly id: NodeId;
  readonly storageId: StorageId | null;
}

export class Acknowledged {
  readonly #out: Outbox;
  readonly #last = new Map<NodeId, Held & { readonly storageId: StorageId }>();

  constructor(out: Outbox) {
    this.#out = out;
  }

  /** A node connected. If it has another storage now, what it acknowledged with the old one no longer counts. */
  greeted({ id, storageId }: Holder): void {
    if (this.#last.get(id)?.storageId !== storageId) this.#last.delete(id);
  }

  set(id: NodeId, acknowledged: Held & { readonly storageId: StorageId }): void {
    this.#last.set(id, acknowledged);
  }

  /** One past the last batch that it acknowledged. */
  endOf({ id, storageId }: Holder): BatchNumber {
    const last = this.#last.get(id);
    return last === undefined || last.storageId !== storageId ? batchNumber(0) : batchNumber(last.number + 1);
  }

  /**
   * A node came back, and its log agrees with this one only up to `point`.
   * @returns what it had acknowledged beyond that and no longer holds, because its disk forgot; it counts no more
   */
  takeForgotten({ hello }: Pick<Peer, 'hello'>, point: LogPoint): Held | undefined {
    const last = hello === undefined ? undefined : this.#last.get(hello.id);
    if (hello === undefined || last === undefined || last.storageId !== hello.storageId || last.number < point.number) return undefined;
    const acknowledged: Held = { epoch: last.epoch, number: last.number, end: last.end };
    this.#last.delete(hello.id);
    this.#out.emit('error', 'follower.forgot', { follower: hello.id, acknowledged, logEnd: point.offset });
    return acknowledged;
  }
}
