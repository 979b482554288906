/**
 * Linearizable reads: the leader takes `committedEnd` as the index of the read, then confirms with a round of heartbeats that it
 * still leads. After that it is safe to read up to the index (ReadIndex: dissertation, section 6.4). The index also says where the
 * log begins, since what was trimmed before the read must not be read any more.
 */

import { instantMs } from '../model/numbers.ts';
import type { Epoch, InstantMs, RequestId, StreamId } from '../model/numbers.ts';
import type { ReadRange } from '../model/place.ts';
import type { Outbox } from '../node/outbox.ts';
import type { ProblemCode } from '../../api/problems.ts';

/** How long the leader remembers a follower's read. The follower answers its client by a deadline of its own. */
const followerReadMs = 60_000;
/** When this many reads are pending, reads of followers are dropped. */
const readsMax = 100_000;

/** Where the read came from: a request to this node, or a follower on its stream. */
type ReadAsker =
  | { readonly kind: 'request'; readonly requestId: RequestId }
  | { readonly kind: 'follower'; readonly stream: StreamId; readonly readId: number };

interface PendingRead {
  readonly asker: ReadAsker;
  readonly deadline: InstantMs;
  /** Assigned once the epoch's marker is committed. */
  index: (ReadRange & { readonly sequence: number }) | undefined;
}

export class ReadIndex {
  readonly #out: Outbox;
  readonly #epoch: Epoch;
  #reads: PendingRead[] = [];

  constructor(out: Outbox, epoch: Epoch) {
    this.#out = out;
    this.#epoch = epoch;
  }

  /** Adds the read of a client of this node. */
  add(requestId: RequestId, deadline: InstantMs): void {
    this.#reads.push({ asker: { kind: 'request', requestId }, deadline, index: undefined });
  }

  addOfFollower({ stream, readId }: { readonly stream: StreamId; readonly readId: number }, now: InstantMs): void {
    if (this.#reads.length >= readsMax) return;
    this.#reads.push({ asker: { kind: 'follower', stream, readId }, deadline: instantMs(now + followerReadMs), index: undefined });
  }

  /** Gives this index to each read without one. @returns whether a heartbeat with number `sequence` is needed to confirm it */
  assignIndex(range: ReadRange, sequence: number): boolean {
    let isWanted = false;
    for (const read of this.#reads) {
      if (read.index !== undefined) continue;
      read.index = { ...range, sequence };
      isWanted = true;
    }
    return isWanted;
  }

  /** Answers the reads that are safe because a majority answered heartbeat `confirmed`. */
  answerConfirmed(confirmed: number): void {
    if (this.#reads.length === 0) return;
    this.#reads = this.#reads.filter(({ asker, index }) => {
      if (index === undefined || index.sequence > confirmed) return true;
      if (asker.kind === 'request') this.#out.reply({ kind: 'readable', requestId: asker.requestId, end: index.end });
      else {
        const { end, firstOffset } = index;
        const trimmed = firstOffset === 0 ? {} : { firstOffset };
        this.#out.send(asker.stream, { kind: 'readAnswer', epoch: this.#epoch, readId: asker.readId, end, ...trimmed });
      }
      return false;
    });
  }

  expire(now: InstantMs): void {
    if (!this.#reads.some((read) => read.deadline <= now)) return;
    for (const { asker, deadline } of this.#reads) if (deadline <= now) this.#fail(asker, 'read-timeout');
    this.#reads = this.#reads.filter((read) => read.deadline > now);
  }

  failAll(code: ProblemCode): void {
    for (const { asker } of this.#reads) this.#fail(asker, code);
    this.#reads = [];
  }

  /** Takes the reads of this node's own clients. Other nodes ask the next leader again for theirs. */
  takeRequests(): { readonly requestId: RequestId; readonly deadline: InstantMs }[] {
    const all = this.#reads;
    this.#reads = [];
    return all.flatMap(({ asker, deadline }) => (asker.kind === 'request' ? [{ requestId: asker.requestId, deadline }] : []));
  }

  #fail(asker: ReadAsker, code: ProblemCode): void {
    if (asker.kind === 'request') this.#out.fail(asker.requestId, code, 'no majority confirmed that this node still leads');
  }
}
