/** Reads the batches for a follower or a candidate, and sends them on its stream. */

import { assert } from '../core/model/assert.ts';
import type { Batch } from '../core/model/batch.ts';
import type { Feed, ReplicaEvent } from '../core/model/events.ts';
import { batchNumber } from '../core/model/numbers.ts';
import { readPatiently } from './patient-read.ts';
import type { PeerLinks } from './peer-links.ts';
import type { Clock } from '../ports/ports.ts';
import { LogError } from '../api/problems.ts';
import type { LogStore } from '../storage/log-store.ts';

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
    const { store, clock, links, report, fail } = this.#parts;
    const batches = store.readFrom(feed.from, feed.bytesMax);
    if (!(batches instanceof Promise)) {
      this.#send(feed, batches);
      return;
    }
    readPatiently(clock, batches, () => store.readFrom(feed.from, feed.bytesMax)).then(
      (read) => this.#send(feed, read),
      (error: unknown) => {
        // The peer opens a new stream and continues from where it is.
        if (!(error instanceof LogError)) return fail(error);
        links.close(feed.stream);
        report({ kind: 'streamLost', stream: feed.stream });
      },
    );
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
