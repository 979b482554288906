/** Planted bugs. How equal nodes elect their leader, and how a leader hands over. */

import type { Mutant } from './mutant.ts';

const ofElections: readonly Omit<Mutant, 'isOfElections'>[] = [
  {
    name: 'a node supports a poll though it hears a leader',
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
    name: 'a poll of the former leader is refused',
    edits: [
      {
        file: 'core/election/standpoint.ts',
        find: 'own.leader !== undefined && own.leader !== asker.id',
        replace: 'own.leader !== undefined',
      },
    ],
  },
  {
    name: 'a member is removed though too few others are healthy',
    edits: [
      {
        file: 'core/leader/member-changes.ts',
        find: 'removals.filter((id) => followers.health.canSpare(id))',
        replace: 'removals',
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
    name: 'a leader ignores that its process was suspended',
    edits: [
      {
        file: 'core/leader/quorum-watch.ts',
        find: '    return now - this.#confirmedAt;\n',
        replace: `    if (now - (this.#lookedAt ?? now) > 250) this.#confirmedAt = now;
    this.#lookedAt = now;
    return now - this.#confirmedAt;
`,
      },
      {
        file: 'core/leader/quorum-watch.ts',
        find: '  #confirmedAt: InstantMs;\n',
        replace: '  #confirmedAt: InstantMs;\n  #lookedAt: InstantMs | undefined;\n',
      },
    ],
  },
  {
    name: 'a candidate goes on though it hears another node lead',
    edits: [
      {
        file: 'core/roles.ts',
        find: "else if (this.#parts.election !== undefined) this.#followOn(promised, 'another node leads or seeks to');",
        replace: `else if (this.#parts.election !== undefined) {
      if (this.#leader !== undefined || leader === undefined) this.#followOn(promised, 'another node leads or seeks to');
    }`,
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
      {
        file: 'core/election/election.ts',
        find: '    this.#poll = undefined;\n    this.#parts.peers.closeAll();\n',
        replace: '    this.#poll = undefined;\n',
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
    name: 'a fetch waits for ever for a source that hangs',
    edits: [
      {
        file: 'core/candidate/recovery.ts',
        find: 'this.sourceSilentMs < (elections?.timeoutMs ?? health.unhealthyAfterMs)',
        replace: 'this.sourceSilentMs < (elections === undefined ? health.unhealthyAfterMs : Number.POSITIVE_INFINITY)',
      },
      {
        file: 'core/candidate/recovery.ts',
        find: 'const isProgressing = this.isFetching && this.sourceSilentMs < limitMs / 2;',
        replace: 'const isProgressing = this.isFetching;',
      },
      {
        file: 'core/candidate/recovery.ts',
        find: "    this.#leftOutAt = this.#context.now;\n    this.breakOff('the source is silent');\n",
        replace: '',
      },
    ],
  },
  {
    name: 'a leader takes appends again once its successor was told to campaign',
    edits: [
      {
        file: 'core/leader/leader.ts',
        find: '!this.isSuspended && !this.succession.isUnderWay',
        replace: '!this.isSuspended && (!this.succession.isUnderWay || this.succession.isOffered)',
      },
    ],
  },
  {
    name: 'a leader is heard only while its batches are stored',
    edits: [
      {
        file: 'core/follower/follower.ts',
        find: "    this.#contact.heard();\n    if (message.kind === 'readAnswer')",
        replace: "    if (this.#session?.isStoring === true) this.#contact.heard();\n    if (message.kind === 'readAnswer')",
      },
      {
        file: 'core/follower/leader-session.ts',
        find: '  /** The stream is gone. */\n',
        replace: "  get isStoring(): boolean {\n    return this.#phase === 'storing';\n  }\n\n",
      },
    ],
  },
  {
    name: 'a supporter of a poll counts by name, whatever the storage',
    edits: [
      {
        file: 'core/election/poll.ts',
        find: 'const isMajority = knownStorages(list, nodes).length >=',
        replace: 'const isMajority = list.members.filter(({ id }) => nodes.some((node) => node.id === id)).length >=',
      },
    ],
  },
  {
    name: 'a disk that hangs does not end an epoch',
    edits: [
      {
        file: 'core/leader/fitness.ts',
        find: 'this.#context.now - this.#unflushed.since >= 2 * this.#elections.timeoutMs',
        replace: 'this.#unflushed.since === undefined',
      },
    ],
  },
  {
    name: 'a node registers at one address only',
    edits: [
      {
        file: 'driver/registering.ts',
        find: 'for (const url of urls) {',
        replace: 'for (const url of urls.slice(0, 1)) {',
      },
    ],
  },
  {
    name: 'a removed node that is behind is elected',
    edits: [
      {
        file: 'core/election/standpoint.ts',
        find: "  if (own.memberIds?.includes(asker.id) === false && comparePlaces(asker.tip, own.tip) < 0) return 'not-a-member';\n",
        replace: '',
      },
    ],
  },
  {
    name: 'a hand-over that fails leaves the leader waiting',
    edits: [
      {
        file: 'core/leader/hand-over.ts',
        find: '    if (state.offeredAt !== undefined) {\n      if (now - state.offeredAt >= campaignMs)',
        replace: '    if (state.offeredAt !== undefined) {\n      if (now - state.offeredAt >= 1000 * campaignMs)',
      },
    ],
  },
  {
    name: 'a leader that resigned still counts as heard',
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
        find: 'this.#parts.options.isFounder && whyNotFound === undefined',
        replace: 'whyNotFound === undefined',
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
    name: 'a node holds a poll though it hears its leader',
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
