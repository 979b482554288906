/** Time on Node: the monotonic clock for decisions, the wall clock for timestamps. */

import { instantMs, timestampMs } from '../core/model/numbers.ts';
import type { Clock } from '../ports/ports.ts';

export const nodeClock: Clock = {
  now: () => instantMs(performance.now()),
  wallClock: () => timestampMs(Date.now()),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  soon(callback) {
    setImmediate(callback);
  },
};
