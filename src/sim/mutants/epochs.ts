/** Planted bugs. Epochs: which node promises one, which begins one and with what log, which gives up. */

import type { Mutant } from './mutant.ts';

export const epochs: readonly Mutant[] = [
  {
    name: 'one epoch is promised twice',
    edits: [
      {
        file: 'core/node/promises.ts',
        find: 'return epoch > this.promisedEpoch || this.isPromisedTo(epoch, to);',
        replace: 'return epoch >= this.promisedEpoch;',
      },
    ],
  },
  {
    name: 'a promise is answered before it is saved',
    edits: [
      {
        file: 'core/follower/promise-giver.ts',
        find: 'if (!promises.isSaved) return;\n    for (const { stream, epoch } of this.#pending)',
        replace: 'for (const { stream, epoch } of this.#pending)',
      },
    ],
  },
  {
    name: 'the state file with the promise is not flushed',
    edits: [
      {
        file: 'storage/format/state-file.ts',
        find: '    await written.file.flush();\n',
        replace: '',
      },
    ],
  },
  {
    name: 'the name of the new state file is not flushed',
    edits: [
      {
        file: 'storage/format/state-file.ts',
        find: '    await disk.syncFolder();\n',
        replace: '',
      },
    ],
  },
  {
    name: 'an epoch begins after half a fetch',
    edits: [
      {
        file: 'core/candidate/log-fetch.ts',
        find: 'outline.durable.number >= this.#target.number;',
        replace: 'outline.durable.number * 2 >= this.#target.number;',
      },
      // Otherwise the candidate would see that its source is still ahead, and ask it again.
      {
        file: 'core/candidate/recovery.ts',
        find: 'if (!isRefused && !isComplete) return false;\n',
        replace: `if (!isRefused && !isComplete) return false;
    const promise = this.#ballot.promiseOf(peer);
    if (promise !== undefined && peer.hello !== undefined) this.#ballot.count(peer, peer.hello, { ...promise, tip: this.#context.outline.tip });
`,
      },
    ],
  },
  {
    name: 'an epoch begins without what those who promised it hold',
    edits: [
      {
        file: 'core/candidate/candidate.ts',
        find: 'const step = this.#recovery.fetchFromAhead(this.#epoch);',
        replace: "const step = outline.hasLog ? 'complete' : this.#recovery.fetchFromAhead(this.#epoch);",
      },
      {
        file: 'core/candidate/ballot.ts',
        find: 'return isOfThisCluster && comparePlaces(promise.tip, tip) <= 0;',
        replace: 'return isOfThisCluster;',
      },
    ],
  },
  {
    name: 'the longer log is the better one, whatever its epoch',
    edits: [
      {
        file: 'core/model/place.ts',
        find: 'return a.epoch - b.epoch || a.number - b.number;',
        replace: 'return a.number - b.number || a.epoch - b.epoch;',
      },
    ],
  },

  {
    name: 'a founder takes appends before its first batch is committed',
    edits: [
      {
        file: 'core/leader/leader.ts',
        find: 'const isFounded = this.#commits.markerNumber > 0 || this.isMarkerCommitted;',
        replace: 'const isFounded = this.#commits.markerNumber >= 0 || this.isMarkerCommitted;',
      },
    ],
  },
  {
    // A real bug, once: two named nodes deposed each other in turn.
    name: 'a losing candidate goes on, and deposes the leader',
    edits: [
      {
        file: 'core/roles.ts',
        find: 'else if (leader !== undefined && this.#candidate?.hasCampaigned === true) this.#yieldLeadership(leader);',
        replace:
          'else if (leader !== undefined && this.#candidate?.hasCampaigned === true) this.#candidate.onHigherPromise(epoch(promised + 1));',
      },
    ],
  },
  {
    name: 'a candidate that yielded never campaigns again',
    edits: [
      {
        file: 'core/replica.ts',
        find: 'if (mayJudge) this.#roles.succeedIfLeaderIsGone();',
        replace: '',
      },
    ],
  },
  {
    // A real bug, once: the leader stayed read-only until it was restarted itself.
    name: 'a leader stays in its epoch although too many members lost their storage',
    edits: [
      {
        file: 'core/leader/lost-storages.ts',
        find: "if (options.newCluster === 'never' || followers.health.hasQuorum) return false;",
        replace: 'if (followers.health.hasQuorum || !followers.health.hasQuorum) return false;',
      },
    ],
  },

  {
    // A real bug, once: the leader that had added the node ended, and the list that named the node was cut.
    name: 'a node that registers is told that it is a member before the list that says so is committed',
    edits: [
      {
        file: 'core/node/registrations.ts',
        find: 'isMember(list, hello) && this.#isListCertain()',
        replace: 'isMember(list, hello)',
      },
    ],
  },
];
