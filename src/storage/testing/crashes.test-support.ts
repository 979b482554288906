/** All crashes of a disk that recorded its events, one after the other. `CRASH=full` tries every one of them. */

import { hash } from 'node:crypto';
import type { CrashDisk } from './crash-disk.test-support.ts';
import { crashImages } from './crash-images.test-support.ts';
import type { CrashImage, Detail } from './crash-images.test-support.ts';
import { DiskState } from './disk-state.test-support.ts';
import type { Folder } from './disk-state.test-support.ts';

export const isFull = process.env['CRASH'] === 'full';
const isLong = process.env['LONG_TESTS'] === 'true';

/** Every folder that a crash could leave after each event of a disk; `eventCount` says after how many. */
export function* crashesOf(
  crashed: CrashDisk,
  parts: { readonly from: number; readonly detail: Detail },
): Generator<CrashImage & { readonly eventCount: number }> {
  const state = new DiskState(crashed.start);
  for (const [index, event] of crashed.events.entries()) {
    const before = crashed.events[index - 1]?.kind;
    if (index >= parts.from && before !== 'flushBegun' && before !== 'syncBegun') {
      for (const { folder, how } of crashImages(state, parts.detail))
        yield { folder, how: `crash at event ${index}: ${how}`, eventCount: index };
    }
    state.apply(event);
  }
  for (const { folder, how } of crashImages(state, parts.detail)) {
    yield { folder, how: `crash at the end: ${how}`, eventCount: crashed.events.length };
  }
}

/** The distinct folders, each with the first crash that leads to it. Of the reserve only the length counts. */
export function* distinct<Image extends CrashImage>(images: Iterable<Image>): Generator<Image> {
  const known = new Set<string>();
  for (const image of images) {
    const print = printOf(image.folder);
    if (known.has(print)) continue;
    known.add(print);
    yield image;
  }
}

export function printOf(folder: Folder): string {
  const parts = [...folder].flatMap(([name, content]) => [
    Buffer.from(`${name} ${content.length} `),
    name === 'reserve' ? Buffer.alloc(0) : content,
  ]);
  return hash('sha1', Buffer.concat(parts));
}

/** Every `step`-th of `items`; all of them in a full run, and in a long one those that only save time. */
export function* every<Item>(step: number, items: Iterable<Item>, { isAllIfLong = false } = {}): Generator<Item> {
  let index = 0;
  for (const item of items) {
    if (isFull || (isLong && isAllIfLong) || index % step === 0) yield item;
    index += 1;
  }
}

/** A third of `items`, as a sample for `npm test`; all of them with `npm run test:long`. */
export function sampled<Item>(items: Iterable<Item>): Generator<Item> {
  return every(3, items, { isAllIfLong: true });
}

/** Runs `check`; if it fails, the error says which crash it was about. */
export async function about(how: string, check: () => Promise<void> | void): Promise<void> {
  try {
    await check();
  } catch (error) {
    throw new Error(`${how}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
