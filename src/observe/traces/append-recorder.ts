/** Makes spans of what a driver says of the appends that are followed. */

import type { DriverObserver } from '../../driver/observer.ts';
import { PlacedAppends } from './placed-appends.ts';
import { RecordedAppend } from './recorded-append.ts';

/** No member is named so. */
const disk = '';

/** @param now - the clock of the driver */
export function appendRecorder(now: () => number): DriverObserver {
  const waiting = new PlacedAppends<RecordedAppend>();
  return {
    logged: () => undefined,
    placed: ({ batch, appends }) => {
      for (const { offset, entryCount, w, askedAt, trace } of appends) {
        if (!(trace instanceof RecordedAppend)) continue;
        const placedAt = now();
        trace.describe({ 'rlog.entries': entryCount, 'rlog.w': String(w), 'rlog.epoch': batch.epoch });
        trace.step('append.queue', { from: askedAt, to: placedAt });
        waiting.add({ append: trace, end: offset + entryCount, placedAt });
      }
    },
    flushed: ({ end, ms }) => {
      if (waiting.count === 0) return;
      const at = now();
      for (const { append, placedAt } of waiting.upTo(disk, end)) {
        if (append.isLost) continue;
        // The flush before it may have been running while it was written.
        const begunAt = Math.max(placedAt, at - ms);
        append.step('append.write', { from: placedAt, to: begunAt });
        append.step('append.flush', { from: begunAt, to: at });
      }
    },
    acknowledged: ({ follower, end, ms }) => {
      if (waiting.count === 0) return;
      const at = now();
      for (const { append, placedAt } of waiting.upTo(follower, end)) {
        if (append.isLost) continue;
        append.step('append.replicate', { from: Math.max(placedAt, at - ms), to: at, attributes: { 'rlog.follower': follower } });
      }
    },
    answered: () => undefined,
  };
}
