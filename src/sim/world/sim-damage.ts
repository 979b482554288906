/** What a simulated disk does to the bytes of a file: what a crash leaves of it, flipped bits, a spoiled index. */

import type { Random } from './random.ts';

export interface Inode {
  content: Buffer;
  /** What a crash certainly leaves. */
  durable: Buffer;
  /** Ranges that can be read and are taken for flushed, but are not on the disk. */
  phantoms: { readonly start: number; readonly end: number }[];
  /** Bits that differ from what was written. */
  flips: { readonly position: number; readonly mask: number }[];
}

/** What a crash leaves of a file. */
export function torn(inode: Inode, random: Random): Buffer {
  const { content, durable } = inode;
  if (content.equals(durable)) return content;
  if (content.length < durable.length) return random.chance(0.5) ? durable.subarray(0, content.length) : durable;
  const kept = random.between(durable.length, content.length);
  // Where a flush failed, the disk has what was there before, not what memory had.
  const left = Buffer.concat([durable, content.subarray(durable.length, kept)]);
  if (kept > durable.length && random.chance(0.5)) {
    // A sector that was never written, in the middle of sectors that were.
    const from = random.between(durable.length, kept - 1);
    left.fill(0, from, Math.min(kept, from + random.between(1, 512)));
  }
  return left;
}

/** Content that an index should never have; `undefined`: it is lost. */
export function spoiled(
  content: Buffer,
  { place, random, other }: { readonly place: number; readonly random: Random; readonly other: () => Buffer | undefined },
): Buffer | undefined {
  switch (random.pick(['flip', 'flip', 'tear', 'zero', 'lose', 'mistake'] as const)) {
    case 'flip':
      return flipped(content, [{ position: place, mask: 1 << random.between(0, 7) }]);
    case 'tear':
      return content.subarray(0, place);
    case 'zero':
      return Buffer.concat([content.subarray(0, place), Buffer.alloc(content.length - place)]);
    case 'mistake':
      return other();
    case 'lose':
      return undefined;
  }
}

export function flipped(content: Buffer, flips: readonly { readonly position: number; readonly mask: number }[]): Buffer {
  const bytes = Buffer.from(content);
  for (const { position, mask } of flips) if (position < bytes.length) bytes[position] = (bytes[position] ?? 0) ^ mask;
  return bytes;
}
