/** Planted bugs. Reads and retries: what a reader sees, and what a writer that retries is told. */

import type { Mutant } from './mutant.ts';

export const reads: readonly Mutant[] = [
  {
    name: 'a linearizable read does not ask whether this node still leads',
    edits: [
      {
        file: 'core/leader/read-index.ts',
        find: 'if (index === undefined || index.sequence > confirmed) return true;',
        replace: 'if (index === undefined) return true;',
      },
    ],
  },
  {
    // A real bug, once.
    name: 'a linearizable read of a follower does not wait for what was trimmed',
    edits: [
      {
        file: 'core/follower/follower-reads.ts',
        find: ' || range.firstOffset > known.firstOffset) return true;',
        replace: ') return true;',
      },
    ],
  },
  {
    // A real bug, once.
    name: 'a linearizable read loses its own deadline when its node becomes the leader',
    edits: [
      {
        file: 'core/roles.ts',
        find: 'this.requestRead(requestId, deadline - context.now);',
        replace: 'this.requestRead(requestId, deadline - deadline + 30_000);',
      },
    ],
  },
  {
    name: 'idempotency keys are forgotten at a restart',
    edits: [
      {
        file: 'storage/recovery/read-log.ts',
        find: 'outline.restore(behindBase(head, base), headKeys && keysBehind(headKeys, base));',
        replace: 'outline.restore(behindBase(head, base), undefined);',
      },
      {
        file: 'storage/recovery/read-log.ts',
        find: 'keys.areNeededFrom(name) ? keysBehind(metadata.keys, base) : undefined);',
        replace: 'undefined);',
      },
    ],
  },
  {
    name: 'idempotency keys are kept over a cut',
    edits: [
      {
        file: 'core/log/known-appends.ts',
        find: '    this.#keys.cut(end);\n',
        replace: '',
      },
    ],
  },
  {
    name: 'an append that was refused for its time stays in the queue',
    edits: [
      {
        file: 'core/leader/append-queue.ts',
        find: 'return this.#takeWhere((item) => item.deadline <= now);',
        replace: 'return this.#items.filter((item) => item.deadline <= now);',
      },
    ],
  },
  {
    name: 'after a flush that failed the next one is believed',
    edits: [
      {
        file: 'driver/log-worker.ts',
        find: `(error: unknown) => {
          this.#isFlushing = false;
          this.#parts.fail(error);`,
        replace: `() => {
          this.#isFlushing = false;
          this.#flush();`,
      },
    ],
  },
  {
    name: 'a start does not flush again what may never have been',
    edits: [
      {
        file: 'storage/recovery.ts',
        find: 'await file.overwrite(position, bytes);',
        replace: '',
      },
    ],
  },
];
