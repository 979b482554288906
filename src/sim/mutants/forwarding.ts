/** Planted bugs. How a node forwards an append to the leader, and what it does with the answer. */

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
        find: 'return isRepeatable && endedWithLeader.has(error.code) ? undefined : error;',
        replace: 'return endedWithLeader.has(error.code) ? undefined : error;',
      },
    ],
  },
  {
    name: 'a node that forwards an append takes longer than the timeout that the client gave',
    edits: [
      {
        file: 'http/leader/forwarding.ts',
        find: 'const deadline = clock.now() + forwarded.timeoutMs;',
        replace: 'const deadline = clock.now() + 2 * forwarded.timeoutMs;',
      },
    ],
  },
  {
    name: 'a forwarded request is taken by a leader of another epoch',
    edits: [
      {
        file: 'http/leader/leader-tries.ts',
        find: 'return leader?.epoch === epoch && leader.id === self;',
        replace: 'return leader?.id === self;',
      },
    ],
  },
  {
    name: 'a forwarded append is sent again without its identity',
    edits: [
      {
        file: 'http/leader/forwarding.ts',
        find: 'const identity = isIdentified ? given : undefined;',
        replace: 'const identity = isIdentified && !tries.isInDoubt ? given : undefined;',
      },
    ],
  },
  {
    name: 'a not-leader from the queue is reported to the client as unknown',
    edits: [
      {
        file: 'http/leader/leader-tries.ts',
        find: "if (error.code === 'not-leader') return undefined;",
        replace: "if (error.code === 'not-leader') return Object.assign(error, { code: 'forward-failed' });",
      },
    ],
  },
  {
    name: 'a not-leader from the queue is taken for unknown, and the append sent again without its identity',
    edits: [
      {
        file: 'http/leader/leader-tries.ts',
        find: "if (error.code === 'not-leader') return undefined;",
        replace: "if (error.code === 'not-leader') return void (this.#unknown = error);",
      },
      {
        file: 'http/leader/forwarding.ts',
        find: 'const identity = isIdentified ? given : undefined;',
        replace: 'const identity = isIdentified && !tries.isInDoubt ? given : undefined;',
      },
    ],
  },
  {
    name: 'a new leader does not know what was forwarded to the last one',
    edits: [
      {
        file: 'core/follower/leader-session.ts',
        find: 'outline.append(batch);',
        replace: 'outline.append({ ...batch, keys: batch.keys.filter((key) => key.digest.some((byte) => byte !== 0)) });',
      },
    ],
  },
  {
    name: 'identities are forgotten at a restart',
    edits: [
      {
        file: 'storage/recovery/read-log.ts',
        find: 'if (identities !== undefined) outline.restoreForwarded(keysBehind(identities, base));',
        replace: '',
      },
      {
        file: 'storage/recovery/read-log.ts',
        find: 'outline.restoreForwarded(keysBehind(metadata.identities, base));',
        replace: '',
      },
    ],
  },
  {
    name: 'identities are kept over a cut',
    edits: [
      {
        file: 'core/log/known-appends.ts',
        find: '    this.#forwarded.cut(end);\n',
        replace: '',
      },
    ],
  },
  {
    name: 'identities are written while a member cannot tell them from keys',
    edits: [
      {
        file: 'core/node/forward-memory.ts',
        find: 'return this.#features.without(remembersForwards, list, newestForwarded > listNumber).length === 0;',
        replace: 'return true;',
      },
    ],
  },
];
