/** Planted bugs. How equal nodes elect their leader, and how one hands over. */

import type { Mutant } from './mutant.ts';

const ofElections: readonly Omit<Mutant, 'isOfElections'>[] = [
  {
    name: 'a poll is free though a leader is heard',
    edits: [
      {
        file: 'core/election/standpoint.ts',
        find: "  if (own.leader !== undefined && own.leader !== asker.id) return 'hears-leader';\n",
        replace: '',
      },
    ],
  },
  {
    name: 'a poll that is answered counts as hearing from the leader',
    edits: [
      {
        file: 'core/follower/follower.ts',
        find: "      case 'poll':\n",
        replace: "      case 'poll':\n        this.#contact.heard();\n",
      },
    ],
  },
  {
    name: 'a poll of the leader that was is refused',
    edits: [
      {
        file: 'core/election/standpoint.ts',
        find: 'own.leader !== undefined && own.leader !== asker.id',
        replace: 'own.leader !== undefined',
      },
      {
        file: 'core/election/deadline.ts',
        find: 'if (hasResigned) return heardAt;',
        replace: '',
      },
    ],
  },
  {
    name: 'a leader without its majority goes on with its heartbeats',
    edits: [
      {
        file: 'core/leader/leader.ts',
        find: 'const why = this.heartbeats.whyOver ?? this.#fitness.whyOver;',
        replace: 'const why = this.#fitness.whyOver;',
      },
    ],
  },
  {
    name: 'a majority is confirmed when an answer comes, not when its heartbeat was sent',
    edits: [
      {
        file: 'core/leader/quorum-watch.ts',
        find: '    const at = this.#sentAt.get(sequence);\n',
        replace: '    const at = [...this.#sentAt.values()].at(-1);\n',
      },
    ],
  },
  {
    name: 'a candidate that lost campaigns again without a poll',
    edits: [
      {
        file: 'core/candidate/candidate.ts',
        find: '    this.#isLost = this.#isElected;\n',
        replace: '',
      },
    ],
  },
  {
    name: 'a candidate that nobody answers goes on for ever',
    edits: [
      {
        file: 'core/candidate/candidate.ts',
        find: 'this.#recovery.isOutOfSources || this.#isTakingTooLong',
        replace: 'this.#recovery.isOutOfSources',
      },
      {
        file: 'core/candidate/candidate.ts',
        find: '    this.#isLost = this.#isElected;\n',
        replace: '',
      },
    ],
  },
  {
    name: 'answers of an earlier poll count',
    edits: [
      {
        file: 'core/election/poll.ts',
        find: '    if (answer.round === this.round) this.#answers',
        replace: '    this.#answers',
      },
    ],
  },
  {
    name: 'a node with a lower priority never leads',
    edits: [
      {
        file: 'core/election/election.ts',
        find: '    if (isYielding || room.lacking',
        replace: '    if (this.#parts.options.priority === 0) return false;\n    if (isYielding || room.lacking',
      },
    ],
  },
  {
    name: 'a hand-over that comes to nothing leaves the leader waiting',
    edits: [
      {
        file: 'core/leader/hand-over.ts',
        find: '    if (state.offeredAt !== undefined) {\n      if (now - state.offeredAt >= campaignMs)',
        replace: '    if (state.offeredAt !== undefined) {\n      if (now - state.offeredAt >= 1000 * campaignMs)',
      },
    ],
  },
  {
    name: 'a node that resigned is heard as a leader still',
    edits: [
      {
        file: 'core/follower/leader-contact.ts',
        find: '    this.lost();\n    this.#hasResigned = true;\n',
        replace: '    this.heard();\n',
      },
    ],
  },
  {
    name: 'a blank node that is no founder campaigns',
    edits: [
      {
        file: 'core/election/election.ts',
        find: "this.#parts.options.isFounder && options.newCluster === 'auto'",
        replace: "options.newCluster === 'auto'",
      },
    ],
  },
  {
    name: 'a blank founder founds though not all answer',
    edits: [
      {
        file: 'core/election/election.ts',
        find: 'const areBlank = this.#context.options.secondaries.every(',
        replace: 'const areBlank = this.#context.options.secondaries.some(',
      },
      {
        file: 'core/candidate/candidate.ts',
        find: 'const { secondaries, foundsWithAll: areAllNeeded } = options;',
        replace: 'const { secondaries } = options;\n    const areAllNeeded = false;',
      },
    ],
  },
  {
    name: 'a poll raises the epoch',
    edits: [
      {
        file: 'core/election/election.ts',
        find: '    this.#rounds += 1;\n',
        replace:
          '    this.#rounds += 1;\n    this.#context.promises.promise(epoch(this.#context.promises.promisedEpoch + 1), this.#context.self);\n',
      },
    ],
  },
  {
    name: 'a node polls though its leader speaks to it',
    edits: [
      {
        file: 'core/election/deadline.ts',
        find: '  return instantMs(lostAt === undefined ? bySilence : Math.min(bySilence, lostAt + heartbeatIntervalMs));',
        replace: '  return instantMs(Math.min(bySilence, heardAt + heartbeatIntervalMs));',
      },
    ],
  },
  {
    name: 'a disk that hangs does not keep a node from being elected',
    edits: [
      {
        file: 'core/election/election.ts',
        find: ' || this.#parts.disk.stall !== undefined) return false;',
        replace: ') return false;',
      },
    ],
  },
];

export const elections: readonly Mutant[] = ofElections.map((mutant) => ({ ...mutant, isOfElections: true }));
