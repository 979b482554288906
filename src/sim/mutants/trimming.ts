/** Planted bugs. What goes from a log: decisions, bases, checkpoints. */

import type { Mutant } from './mutant.ts';

export const trimming: readonly Mutant[] = [
  {
    name: 'a trim is in force as soon as it is written',
    edits: [
      {
        file: 'core/log/controls.ts',
        find: '    this.#open.push(placed);\n',
        replace: '    this.#open.push(placed);\n    this.#settle(placed);\n',
      },
    ],
  },
  {
    name: 'a cut takes back the first offset',
    edits: [
      {
        file: 'core/log/controls.ts',
        find: '    this.#open = this.#open.filter((placed) => placed.number < number);\n',
        replace: '    this.#open = this.#open.filter((placed) => placed.number < number);\n    this.#firstOffset = offset(0);\n',
      },
    ],
  },
  {
    name: 'followers hear that what was written is committed',
    edits: [
      {
        file: 'core/node/context.ts',
        find: 'this.outline.committedNumber : undefined',
        replace: 'this.outline.end.number : undefined',
      },
    ],
  },
  {
    name: 'a trim is answered when it is written',
    edits: [
      {
        file: 'core/leader/decisions.ts',
        find: '      if (number >= committedNumber) return true;\n',
        replace: '',
      },
    ],
  },
  {
    name: 'entries go for their age by a clock that nobody shares',
    edits: [
      {
        file: 'core/leader/retaining.ts',
        find: 'maxAgeMs !== null && !this.isHeldByClock && date >= maxAgeMs',
        replace: 'maxAgeMs !== null && this.#context.wallClock >= maxAgeMs',
      },
      {
        file: 'core/leader/retaining.ts',
        find: 'timestampMs(date - maxAgeMs)',
        replace: 'timestampMs(this.#context.wallClock - maxAgeMs)',
      },
    ],
  },
  {
    name: 'one entry more goes than the retention says',
    edits: [
      {
        file: 'core/leader/retaining.ts',
        find: 'outline.end.offset - maxEntries;',
        replace: 'outline.end.offset - maxEntries + 1;',
      },
    ],
  },
  {
    name: 'a base lies above what was trimmed',
    edits: [
      { file: 'core/leader/retaining.ts', find: 'before: firstOffset,', replace: 'before: outline.committedEnd,' },
      {
        file: 'core/log/controls.ts',
        find: 'return base.offset <= Math.max(this.#firstOffset, trimmed) && base.number',
        replace: 'return base.offset >= Math.min(0, trimmed) && base.number',
      },
    ],
  },
  {
    name: 'keys go with their entries',
    edits: [
      {
        file: 'core/leader/retaining.ts',
        find: 'offset(Math.min(outline.keysFrom, first))',
        replace: 'offset(Math.max(outline.keysFrom, first))',
      },
    ],
  },
  {
    name: 'a checkpoint knows no members',
    edits: [
      {
        file: 'core/log/log-outline.ts',
        find: 'lists: this.#lists.filter(before).slice(-1) };',
        replace: 'lists: [] };',
      },
    ],
  },
  {
    name: 'a checkpoint knows only the last epoch',
    edits: [
      {
        file: 'core/log/log-outline.ts',
        find: 'epochs: this.#starts.filter(before), lists',
        replace: 'epochs: this.#starts.filter(before).slice(-1), lists',
      },
    ],
  },
  {
    name: 'a checkpoint has the newest member list, committed or not',
    edits: [
      {
        file: 'core/log/log-outline.ts',
        find: 'lists: this.#lists.filter(before).slice(-1) };',
        replace: 'lists: this.#lists.slice(-1) };',
      },
    ],
  },
  {
    name: 'a restarted node forgets what the cluster keeps',
    edits: [
      {
        file: 'core/log/controls.ts',
        find: '    if (base.retention !== null) this.#retention = base.retention;\n',
        replace: '',
      },
    ],
  },
  {
    name: 'a node that lacks what went is fed from the base on',
    edits: [
      {
        file: 'core/log/agreed-place.ts',
        find: 'return point.number < base.number ? { base } : undefined;',
        replace: 'return point.number < 0 ? { base } : undefined;',
      },
    ],
  },
  {
    name: 'a node tells of its log while a checkpoint replaces it',
    edits: [
      {
        file: 'core/follower/leader-session.ts',
        find: '!this.isInForce || outline.isReplacing) return;',
        replace: '!this.isInForce) return;',
      },
    ],
  },
  {
    name: 'what a checkpoint stands for may be cut',
    edits: [
      {
        file: 'core/log/log-outline.ts',
        find: '    this.#toldCommitted = end;\n    this.#committedNumber = number;\n',
        replace: '',
      },
    ],
  },
];
