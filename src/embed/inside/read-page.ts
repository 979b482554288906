/** Reads a page of entries for the node's own service, with the checks that a read over HTTP has. */

import { LogError } from '../../api/problems.ts';
import { epoch, offset } from '../../core/model/numbers.ts';
import type { Offset } from '../../core/model/numbers.ts';
import { entryList } from '../../http/dialects/list-format.ts';
import type { EntrySource } from '../../http/read/entry-stream.ts';
import { ListWriter, pieceBytes } from '../../http/read/list-writer.ts';
import { markOf } from '../../http/read/log-mark.ts';
import { provePlace } from '../../http/read/place-proof.ts';
import { endAt, readEnd } from '../../http/read/read-level.ts';
import type { ResumePoint } from '../../http/read/resume-point.ts';
import { needKept, startOf, trimmedAt } from '../../http/read/trimmed.ts';
import type { Config } from '../../config/config.ts';
import type { AskedPage, Page } from './messages.ts';

/** Beyond this many bytes a page is not continued. An entry is never split, so one that is larger fills its page. */
const pageBytes = 1024 * 1024;
/** A wait is begun again after this long, in case nobody waits for it any more. */
const waitMs = 60_000;

export interface PageSource extends EntrySource {
  readonly config: Pick<Config, 'writeTimeoutMs'>;
}

/** @param over - nobody waits for it any more @throws LogError */
export async function readPage(source: PageSource, asked: AskedPage, over: AbortSignal): Promise<Page> {
  const { level, timeoutMs, limit, waits } = asked;
  const { driver } = source;
  const place = placeOf(asked);
  let end = await readEnd(source, level, timeoutMs);
  for (;;) {
    await provePlace(source, place, level);
    const start = startOf(source, place);
    if (waits && end <= start) {
      const hasMore = (): boolean => endAt(source, level) > start || trimmedAt(source, start) !== undefined;
      await driver.waitUntil(() => hasMore() || over.aborted, waitMs);
      if (driver.isStopped) throw new LogError('shutting-down', 'this node is shutting down');
      over.throwIfAborted();
      end = endAt(source, level);
      continue;
    }
    const stop = offset(Math.max(start, Math.min(end, start + limit)));
    const { cutCount } = driver;
    const written = await write(source, start, stop);
    // After a cut other entries may have the same offsets: one page must not mix both. Whoever has no place of its own begins
    // with what a trim left.
    if (driver.cutCount !== cutCount || written === 'cut' || (written === 'trimmed' && asked.from === undefined)) {
      end = endAt(source, level);
      continue;
    }
    if (written === 'trimmed') {
      needKept(source, start);
      continue;
    }
    const { bytes, next, lastEpoch } = written;
    const last = lastEpoch === undefined ? undefined : { offset: next - 1, epoch: lastEpoch, mark: markOf(driver) };
    return { bytes, start, next, isEnd: next >= end, last };
  }
}

function placeOf({ from, seen }: AskedPage): ResumePoint {
  const start = from === undefined ? undefined : offset(from);
  return { start, seen: seen === undefined ? undefined : { offset: offset(seen.offset), epoch: epoch(seen.epoch), mark: seen.mark } };
}

interface Written {
  readonly bytes: Uint8Array;
  readonly next: number;
  /** Of the last entry; `undefined` if there is none. */
  readonly lastEpoch: number | undefined;
}

/** Writes at least one entry of `[start, end)`, if there is one. */
async function write({ driver, readPacer }: EntrySource, start: Offset, end: Offset): Promise<Written | 'cut' | 'trimmed'> {
  const writer = new ListWriter(entryList, start);
  const pieces: Buffer[] = [];
  let bytes = 0;
  let lastEpoch: number | undefined;
  while (writer.next < end && bytes < pageBytes) {
    const batches = await driver.readEntriesFrom(writer.next, pieceBytes);
    if (trimmedAt({ driver }, writer.next) !== undefined) return 'trimmed';
    if (batches.length === 0) return 'cut';
    for (const piece of writer.pieces(batches, { end, isWhole: true })) {
      // The first piece is what the reader waits for; for more it takes turns with others.
      if (bytes > 0) await readPacer.turn();
      pieces.push(piece.bytes);
      bytes += piece.bytes.length;
      if (bytes >= pageBytes) break;
    }
    for (const { baseOffset, epoch: of } of batches) if (baseOffset < writer.next) lastEpoch = of;
  }
  const [only] = pieces;
  return { bytes: only !== undefined && pieces.length === 1 ? only : Buffer.concat(pieces, bytes), next: writer.next, lastEpoch };
}
