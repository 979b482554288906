/**
 * Linearizable reads: the leader takes how far the log is committed as the index of the read, then makes sure by a round of
 * heartbeats that it still leads; the index is then a safe end to read up to (ReadIndex: dissertation, section 6.4).
 */

import { instantMs } from '../model/numbers.ts';
import type { Epoch, InstantMs, Offset, RequestId, StreamId } from '../model/numbers.ts';
import type { Outbox } from '../node/outbox.ts';
import type { ProblemCode } from '../../api/problems.ts';

/** How long the leader keeps a follower's read in mind; the follower's own deadline answers its asker. */
const followerReadMs = 60_000;
/** Reads in doubt beyond which no follower's is taken. */
const readsMax = 100_000;

/** Who asked: a request to this node, or a follower on its stream. */
type ReadAsker =
  | { readonly kind: 'request'; readonly requestId: RequestId }
  | { readonly kind: 'follower'; readonly stream: StreamId; readonly readId: number };

interface PendingRead {
  readonly asker: ReadAsker;
  readonly deadline: InstantMs;
  /** Assigned once the epoch's marker is committed. */
  index: { readonly end: Offset; readonly sequence: number } | undefined;
}

export class ReadIndex {
  readonly #out: Outbox;
  readonly #epoch: Epoch;
  #reads: PendingRead[] = [];

  constructor(out: Outbox, epoch: Epoch) {
    this.#out = out;
    this.#epoch = epoch;
  }

  /** A client of this node asks. */
  add(requestId: RequestId, deadline: InstantMs): void {
    this.#reads.push({ asker: { kind: 'request', requestId }, deadline, index: undefined });
  }

  addOfFollower({ stream, readId }: { readonly stream: StreamId; readonly readId: number }, now: InstantMs): void {
    if (this.#reads.length >= readsMax) return;
    this.#reads.push({ asker: { kind: 'follower', stream, readId }, deadline: instantMs(now + followerReadMs), index: undefined });
  }

  /** Each read that has no index yet gets this one. @returns whether a new round of heartbeats is wanted, numbered `sequence` */
  assignIndex(committedEnd: Offset, sequence: number): boolean {
    let isWanted = false;
    for (const read of this.#reads) {
      if (read.index !== undefined) continue;
      read.index = { end: committedEnd, sequence };
      isWanted = true;
    }
    return isWanted;
  }

  /** Answers those that a majority's answer to heartbeat `confirmed` makes safe. */
  answerConfirmed(confirmed: number): void {
    if (this.#reads.length === 0) return;
    this.#reads = this.#reads.filter(({ asker, index }) => {
      if (index === undefined || index.sequence > confirmed) return true;
      if (asker.kind === 'request') this.#out.reply({ kind: 'readable', requestId: asker.requestId, end: index.end });
      else this.#out.send(asker.stream, { kind: 'readAnswer', epoch: this.#epoch, readId: asker.readId, end: index.end });
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

  /** Reads of clients of this node. Other nodes ask the next leader anew for theirs. */
  takeRequests(): { readonly requestId: RequestId; readonly deadline: InstantMs }[] {
    const all = this.#reads;
    this.#reads = [];
    return all.flatMap(({ asker, deadline }) => (asker.kind === 'request' ? [{ requestId: asker.requestId, deadline }] : []));
  }

  #fail(asker: ReadAsker, code: ProblemCode): void {
    if (asker.kind === 'request') this.#out.fail(asker.requestId, code, 'no majority confirmed that this node still leads');
  }
}
