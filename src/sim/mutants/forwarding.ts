/** Planted bugs. Who passes an append on to the leader, and what it makes of the answer. */

import type { Mutant } from './mutant.ts';

export const forwarding: readonly Mutant[] = [
  {
    name: 'a refusal is believed though an earlier leader may have stored it',
    edits: [
      {
        file: 'http/leader/leader-tries.ts',
        find: "if (problems[error.code].outcome === 'rejected') return this.over(error);",
        replace: "if (problems[error.code].outcome === 'rejected') return error;",
      },
    ],
  },
  {
    name: 'what a leader may have stored goes to the next one without a key',
    edits: [
      {
        file: 'http/leader/leader-tries.ts',
        find: 'return this.#isRepeatable && endedWithLeader.has(error.code) ? undefined : error;',
        replace: 'return endedWithLeader.has(error.code) ? undefined : error;',
      },
    ],
  },
  {
    name: 'a node that passes an append on takes longer than its asker gave',
    edits: [
      {
        file: 'http/leader/forwarding.ts',
        find: 'const deadline = clock.now() + forwarded.timeoutMs;',
        replace: 'const deadline = clock.now() + 2 * forwarded.timeoutMs;',
      },
    ],
  },
];
