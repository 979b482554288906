/** Searches the whole log of a node while it streams here, a little at a time, so that the page stays quick. */

import type { LogScan } from './log-scan.ts';
import { openEntries } from './open-entries.ts';

/** Of a turn. */
const turnMs = 12;
const tellEveryMs = 100;

export interface ScanRequest {
  readonly nodeId: string;
  readonly scan: LogScan;
  readonly signal: AbortSignal;
  /** Some more was looked through. */
  readonly onProgress: () => void;
}

/** From where the scan has come to, to the end that the log has now. @throws Problem; an error of `fetch`; an `AbortError` */
export async function scanLog({ nodeId, scan, signal, onProgress }: ScanRequest): Promise<void> {
  const reader = await openEntries({ nodeId, from: scan.end, signal });
  if (reader === undefined) return;
  let turnEndsAt = performance.now() + turnMs;
  let toldAt = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    scan.take(value);
    const now = performance.now();
    if (now < turnEndsAt) continue;
    if (now - toldAt >= tellEveryMs) {
      toldAt = now;
      onProgress();
    }
    await new Promise((resolve) => setTimeout(resolve));
    turnEndsAt = performance.now() + turnMs;
  }
}
