/** Names of segments and of their indexes: the offset of the segment's first entry, in 20 digits. */

import type { Offset } from '../../core/model/numbers.ts';

const segmentPattern = /^\d{20}\.log$/;
const indexPattern = /^\d{20}\.index$/;

export function segmentName(first: Offset): string {
  return `${String(first).padStart(20, '0')}.log`;
}

export function isSegmentName(name: string): boolean {
  return segmentPattern.test(name);
}

export function firstOffsetOf(name: string): number {
  return Number.parseInt(name, 10);
}

/** The name of this segment's index. */
export function indexName(segment: string): string {
  return segment.replace(/\.log$/, '.index');
}

/** The name of the segment whose index this is. */
export function segmentOf(index: string): string {
  return index.replace(/\.index$/, '.log');
}

export function isIndexName(name: string): boolean {
  return indexPattern.test(name);
}
