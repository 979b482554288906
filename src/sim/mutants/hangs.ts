/** Planted bugs. Hangs: a disk that does not answer or has no room, a process that was paused. */

import type { Mutant } from './mutant.ts';

export const hangs: readonly Mutant[] = [
  {
    name: 'a node that stops flushes once more after a flush that failed',
    edits: [{ file: 'storage/log-tail.ts', find: '      this.#failure = { error };\n', replace: '' }],
  },
  {
    // A real bug, once: the batch that was being written was in no queue that expires.
    name: 'an append that waits for a hanging write is not answered before the write ends',
    edits: [
      {
        file: 'core/leader/waiting-appends.ts',
        find: 'this.#failWhere((append) => append.deadline <= now,',
        replace: 'this.#failWhere((append) => append.deadline <= now && append.number < holding.leaderDurableEnd,',
      },
    ],
  },
  {
    name: 'an append that was given no place waits as long as the disk hangs',
    edits: [
      {
        file: 'core/admission.ts',
        find: 'for (const { requestId } of this.queue.takeExpired(this.#context.now)) this.#failUntaken(requestId, who);',
        replace: `if (this.#disk.stall === undefined)
      for (const { requestId } of this.queue.takeExpired(this.#context.now)) this.#failUntaken(requestId, who);`,
      },
    ],
  },
  {
    name: 'a batch that found no room is still waited for',
    edits: [
      {
        file: 'core/leader/waiting-appends.ts',
        find: '    this.#givenUp = this.#givenUp.filter((gone) => gone.number < number);\n    return refused;',
        replace: '    return [];',
      },
      {
        file: 'core/leader/waiting-appends.ts',
        find: 'if (append === undefined || append.number < number) break;',
        replace: 'if (append === undefined || append.number <= number) break;',
      },
    ],
  },

  {
    name: 'a process that was paused drops all streams before it reads what waits there',
    edits: [
      {
        file: 'core/node/wakefulness.ts',
        find: 'if (now < this.#judgesFrom) return false;',
        replace: '',
      },
    ],
  },
];
