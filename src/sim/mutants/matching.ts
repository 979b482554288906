/** Planted bugs. Where two logs part, and what a follower cuts and takes. */

import type { Mutant } from './mutant.ts';

export const matching: readonly Mutant[] = [
  {
    name: 'a log is cut by offset, not by place',
    edits: [
      {
        file: 'core/model/epoch-history.ts',
        find: 'let i = a.starts.length - 1;',
        replace: 'if (a.starts.length > 0) return a.end.offset <= b.end.offset ? a.end : b.end;\n  let i = a.starts.length - 1;',
      },
    ],
  },
  {
    // A real bug, once: the point of a cut may be the start of an epoch, and the object carried the number of that epoch.
    name: 'a log that is cut where another one began an epoch takes over the number of that epoch',
    edits: [
      {
        file: 'core/log/log-outline.ts',
        find: 'this.#starts = historyBefore(this.#starts, point);',
        replace:
          'const begun = this.#starts.find((start) => start.number === point.number);\n    this.#starts = historyBefore(this.#starts, point);',
      },
      {
        file: 'core/log/log-outline.ts',
        find: 'const end: LogPoint = { number: point.number, offset: point.offset };',
        replace: 'const end: LogPoint = Object.assign({ number: point.number, offset: point.offset }, begun);',
      },
      {
        file: 'core/log/log-outline.ts',
        find: 'this.#starts.push({ epoch: batch.epoch, number: this.#end.number, offset: this.#end.offset });',
        replace: 'this.#starts.push({ epoch: batch.epoch, ...this.#end });',
      },
    ],
  },
  {
    name: 'a repeated batch is recognised by its number alone',
    edits: [
      {
        file: 'core/follower/leader-session.ts',
        find: 'const isSame = this.#context.outline.epochAt(batch.number) === batch.epoch && (checksum === undefined || checksum === batch.checksum);',
        replace: 'const isSame = checksum === checksum;',
      },
      // Both other defences are taken away: the cut before any batch flows, and the leader's check of the tip's epoch.
      {
        file: 'core/log/agreed-place.ts',
        find: "if (point.number === outline.end.number) return 'whole';",
        replace: "if (point.number <= outline.end.number) return 'whole';",
      },
      {
        file: 'core/leader/followers.ts',
        find: 'if (!isHere || (end > 0 && outline.epochAt(message.tip.number) !== message.tip.epoch)) {',
        replace: 'if (end > this.#feedableEnd) {',
      },
    ],
  },
  {
    name: 'a follower believes what is committed before the logs are matched',
    edits: [
      {
        file: 'core/follower/leader-session.ts',
        find: "if (this.#phase === 'storing') this.#context.outline.commit(committedEnd);",
        replace: 'this.#context.outline.commit(committedEnd);',
      },
      // A leader does not send it before it knows where the logs part.
      {
        file: 'core/leader/heartbeat-rounds.ts',
        find: "if (phase === 'leading') continue;",
        replace: '',
      },
    ],
  },
];
