/** Which nodes hold the same at one offset, and which hold something else. */

import type { LogEntry } from './log-entry.ts';

export interface Held {
  readonly nodeId: string;
  readonly entry: LogEntry | undefined;
}

export interface Variant {
  readonly entry: LogEntry;
  readonly nodeIds: readonly string[];
}

/** In the order of the nodes. An entry is the same if its epoch and its message are. */
export function variantsOf(held: readonly Held[]): Variant[] {
  const variants: { readonly entry: LogEntry; readonly nodeIds: string[] }[] = [];
  for (const { nodeId, entry } of held) {
    if (entry === undefined) continue;
    const same = variants.find((variant) => isSame(variant.entry, entry));
    if (same === undefined) variants.push({ entry, nodeIds: [nodeId] });
    else same.nodeIds.push(nodeId);
  }
  return variants;
}

function isSame(a: LogEntry, b: LogEntry): boolean {
  return a.epoch === b.epoch && a.textLength === b.textLength && a.text === b.text;
}
