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
        find: 'this.#context.outline.durable.offset - maxEntries;',
        replace: 'this.#context.outline.durable.offset - maxEntries + 1;',
      },
    ],
  },
  {
    name: 'a base lies above what was trimmed',
    edits: [
      {
        file: 'core/leader/retaining.ts',
        find: 'before: offset(Math.min(outline.committedEnd, Math.max(firstOffset, this.#ofEntries))),',
        replace: 'before: outline.committedEnd,',
      },
      { file: 'core/leader/retaining.ts', find: ' || base.offset > trimmed) return undefined;', replace: ') return undefined;' },
      {
        file: 'core/log/controls.ts',
        find: 'return base.offset <= Math.max(this.#firstOffset, trimmed);',
        replace: 'return base.offset >= Math.min(0, trimmed);',
      },
    ],
  },
  {
    name: 'keys go with their entries',
    edits: [
      {
        file: 'core/leader/retaining.ts',
        find: 'Math.min(outline.keysFrom, first)',
        replace: 'Math.max(outline.keysFrom, first)',
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
  {
    name: 'segments are removed before the state file names the base',
    edits: [
      {
        file: 'storage/log-bases.ts',
        find: '      await states.rebase(stored);\n',
        replace: '      for (const { name } of closed.before(base.number)) await disk.remove(name);\n      await states.rebase(stored);\n',
      },
    ],
  },
  {
    name: 'the state file names a checkpoint that is not flushed',
    edits: [
      {
        file: 'storage/checkpoints/checkpoint-files.ts',
        find: '      await file.flush();\n    });\n    await disk.rename(newName',
        replace: '    });\n    await disk.rename(newName',
      },
    ],
  },
  {
    name: 'a reader is served from a segment that is being removed',
    edits: [
      {
        file: 'storage/log-reads.ts',
        find: 'from >= last.end.number || from < this.#base.number) return [];',
        replace: 'from >= last.end.number) return [];',
      },
      {
        file: 'storage/log-reads.ts',
        find: 'from >= last.end.offset || from < this.#base.offset) return [];',
        replace: 'from >= last.end.offset) return [];',
      },
      {
        file: 'storage/log-reads.ts',
        find: 'cutCount !== this.#cutCount || segment.end.number <= this.#base.number;',
        replace: 'cutCount !== this.#cutCount;',
      },
    ],
  },
  {
    name: 'a start reads what its checkpoint already says',
    edits: [
      {
        file: 'storage/recovery/behind-base.ts',
        find: '        if (place.number >= base.number) take(key, place);\n',
        replace: '        take(key, place);\n',
      },
    ],
  },
  {
    name: 'a checkpoint leaves out the keys of the one before it',
    edits: [
      {
        file: 'storage/log-bases.ts',
        find: '(this.#stored === undefined ? [] : [keyPartOf(disk, this.#stored)])',
        replace:
          '([keyPartOf].slice(1).map((partOf) => (this.#stored === undefined ? undefined : partOf(disk, this.#stored))).flatMap((part) => part ?? []))',
      },
    ],
  },
];
