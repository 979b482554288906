/** Entries `[start, end)`. */

export interface Range {
  /** Offset of the first, and one past that of the last. */
  readonly start: number;
  readonly end: number;
}

export function overlaps(a: Range, b: Range): boolean {
  return a.start < b.end && b.start < a.end;
}

export function contains({ start, end }: Range, offset: number): boolean {
  return offset >= start && offset < end;
}
