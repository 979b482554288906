/** Reads entries of a node, line by line as they come. */

import { entryPath, pathOfNode } from '../../api/paths.ts';
import { ask } from '../data/api.ts';
import type { PageRequest } from './entry-loader.ts';
import { entryIn } from './log-entry.ts';
import type { LogEntry } from './log-entry.ts';
import { openEntries } from './open-entries.ts';

/** Of one request. What is missing then is asked for by another one, if somebody still looks at it. */
const charsMax = 4_000_000;

/** @throws Problem; an error of `fetch` */
export async function readPage({ nodeId, start, end, signal, onEntry }: PageRequest): Promise<void> {
  const reader = await openEntries({ nodeId, from: start, limit: end - start, signal });
  if (reader === undefined) return;
  let rest = '';
  let chars = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    chars += value.length;
    if (!value.includes('\n')) {
      rest += value;
      continue;
    }
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onEntry(entryIn(line));
    if (chars > charsMax && lines.length > 0) return reader.cancel();
  }
}

/** An entry with its whole message. @throws Problem */
export async function readWhole(nodeId: string, offset: number, signal: AbortSignal): Promise<LogEntry> {
  const text = await ask(pathOfNode(nodeId, entryPath(offset)), { signal });
  // An answer ends with a newline.
  return entryIn(text.trimEnd(), Number.POSITIVE_INFINITY);
}
