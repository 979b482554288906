/** Planted bugs. Epochs: who promises, who begins one and with what, who gives up. */

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
      // Else its source would be seen to be ahead still, and asked again.
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
    // It once was so: two named nodes deposed each other in turn.
    name: 'a losing candidate goes on, and deposes who leads',
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
    name: 'who yielded never seeks to lead again',
    edits: [
      {
        file: 'core/replica.ts',
        find: 'if (mayJudge) this.#roles.succeedIfLeaderIsGone();',
        replace: '',
      },
    ],
  },
  {
    // It once was so: read-only, until it was restarted itself.
    name: 'a leader that runs while too many members lose their storage goes on for ever',
    edits: [
      {
        file: 'core/leader/lost-storages.ts',
        find: "if (options.newCluster === 'never' || followers.hasQuorum) return false;",
        replace: 'if (followers.hasQuorum || !followers.hasQuorum) return false;',
      },
    ],
  },

  {
    // It once was so: who had taken it back went away, and the leader that ended took that with it.
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
