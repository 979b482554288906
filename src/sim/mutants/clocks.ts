/** Planted bugs. Clocks: the dates of entries, and how keys expire. */

import type { Mutant } from './mutant.ts';

export const clocks: readonly Mutant[] = [
  {
    name: 'a leader believes its own clock alone',
    edits: [
      {
        file: 'core/leader/log-dates.ts',
        find: 'const date = this.#agreed === undefined ? Math.min(wallClock, this.#passed) : clamp(wallClock - now, this.#agreed) + now;',
        replace: 'const date = now === now ? wallClock : now;',
      },
    ],
  },
  {
    name: 'clocks agree whatever they say',
    edits: [
      {
        file: 'core/leader/clock-agreement.ts',
        find: 'if (high - low > agreementMs) continue;',
        replace: '',
      },
    ],
  },
  {
    // A real bug, once: a clock that jumped by more than the window made all nodes forget all keys.
    name: 'idempotency keys expire by the date',
    edits: [
      {
        file: 'core/leader/leader.ts',
        find: 'age: this.#age.at(now),',
        replace: `age: Math.max(
        outline.lastAge,
        Math.min(0xff_ff_ff, Math.floor((this.#dates.next() - 1_690_000_000_000) / 60_000) + 0 * this.#age.at(now)),
      ) as typeof outline.lastAge,`,
      },
    ],
  },
  {
    name: 'dates go back with the clock',
    edits: [
      {
        file: 'core/leader/log-dates.ts',
        find: 'return timestampMs(Math.max(outline.lastTimestamp, Math.floor(date)));',
        replace: 'return timestampMs(outline.lastTimestamp * 0 + Math.max(0, Math.floor(date)));',
      },
    ],
  },
];
