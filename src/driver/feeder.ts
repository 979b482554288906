/** Reads the batches for a follower or a candidate, and sends them on its stream. */

import { assert } from '../core/model/assert.ts';
import type { Batch } from '../core/model/batch.ts';
import type { CheckpointFeed, Feed, ReplicaEvent } from '../core/model/events.ts';
import { batchNumber } from '../core/model/numbers.ts';
import type { StreamId } from '../core/model/numbers.ts';
import { readPatiently } from './patient-read.ts';
import type { PeerLinks } from './peer-links.ts';
import type { Clock } from '../ports/ports.ts';
import { LogError } from '../api/problems.ts';
import type { LogStore } from '../storage/log-store.ts';

/** How much of a checkpoint is sent at a time. */
const checkpointPartBytes = 256 * 1024;

export interface FeederParts {
  readonly store: LogStore;
  readonly clock: Clock;
  readonly links: PeerLinks;
  readonly report: (event: ReplicaEvent) => void;
  readonly fail: (error: unknown) => void;
  readonly isStopped: () => boolean;
}

export class Feeder {
  readonly #parts: FeederParts;

  constructor(parts: FeederParts) {
    this.#parts = parts;
  }

  feed(feed: Feed): void {
    const { store, clock } = this.#parts;
    const batches = store.readFrom(feed.from, feed.bytesMax);
    if (!(batches instanceof Promise)) {
      this.#send(feed, batches);
      return;
    }
    readPatiently(clock, batches, () => store.readFrom(feed.from, feed.bytesMax)).then(
      (read) => this.#send(feed, read),
      (error: unknown) => this.#endOrFail(feed.stream, error),
    );
  }

  /** Sends a part of this node's checkpoint. If it has another base by now, the stream ends, and the peer asks anew. */
  feedCheckpoint({ stream, epoch, base, position }: CheckpointFeed): void {
    const { store, clock, links, isStopped } = this.#parts;
    const read = (): Promise<Buffer | undefined> => store.readCheckpoint(base, position, checkpointPartBytes);
    readPatiently(clock, read(), read).then(
      (bytes) => {
        if (!links.has(stream) || isStopped()) return;
        if (bytes === undefined) return this.#end(stream);
        links.send(stream, { kind: 'checkpointPart', epoch, base, position, total: store.checkpointBytes, bytes });
      },
      (error: unknown) => this.#endOrFail(stream, error),
    );
  }

  /** If there was too little to read with, the peer opens a new stream and continues from where it is. */
  #endOrFail(stream: StreamId, error: unknown): void {
    if (error instanceof LogError) this.#end(stream);
    else this.#parts.fail(error);
  }

  #end(stream: StreamId): void {
    this.#parts.links.close(stream);
    this.#parts.report({ kind: 'streamLost', stream });
  }

  #send(feed: Feed, read: readonly Batch[]): void {
    const { links, report, isStopped } = this.#parts;
    if (!links.has(feed.stream) || isStopped()) return;
    let bytes = 0;
    let end = feed.from;
    for (const batch of read) {
      if (batch.number >= feed.end) break;
      assert(batch.number === end, 'a feed begins with the batch that was asked for');
      links.send(feed.stream, { kind: feed.as, epoch: feed.epoch, batch });
      bytes += batch.bytes.length;
      end = batchNumber(batch.number + 1);
    }
    // If there was nothing to read, the log was cut meanwhile, and the feed has become pointless.
    if (end > feed.from) report({ kind: 'fed', stream: feed.stream, epoch: feed.epoch, feedId: feed.feedId, end, bytes });
  }
}
