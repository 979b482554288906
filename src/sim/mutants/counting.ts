/** Planted bugs. What a node counts: acknowledgements, promises, the storages of the list. */

import type { Mutant } from './mutant.ts';

export const counting: readonly Mutant[] = [
  {
    name: 'a follower acknowledges before it has flushed',
    edits: [
      {
        file: 'core/follower/leader-session.ts',
        find: 'tip: outline.durableTip,\n      durableEnd: outline.durable.offset,',
        replace: 'tip: outline.tip,\n      durableEnd: outline.end.offset,',
      },
      {
        file: 'core/follower/leader-session.ts',
        find: "out.log({ kind: 'store', batch });",
        replace: "out.log({ kind: 'store', batch });\n    this.#isAcknowledgementDue = true;",
      },
    ],
  },
  {
    name: 'the leader counts itself before it has flushed',
    edits: [
      {
        file: 'core/leader/followers.ts',
        find: '(this.#isSelf(member) ? outline.durable.number : ',
        replace: '(this.#isSelf(member) ? outline.end.number : ',
      },
      // Nothing is answered before the leader's own flush either.
      {
        file: 'core/leader/waiting-appends.ts',
        find: 'Math.min(heldEndOf(w, holding), holding.leaderDurableEnd)',
        replace: 'heldEndOf(w, holding)',
      },
    ],
  },
  {
    name: 'what is written counts as flushed',
    edits: [
      {
        file: 'driver/log-worker.ts',
        find: "report({ kind: 'written', end: this.#writtenEnd });",
        replace: "report({ kind: 'written', end: this.#writtenEnd });\n    this.#parts.report({ kind: 'flushed', end: this.#writtenEnd });",
      },
    ],
  },
  {
    // A late acknowledgement is never counted, since streams keep their order and begin every epoch anew. So this one keeps it.
    name: 'an acknowledgement from an earlier epoch counts',
    edits: [
      {
        file: 'core/leader/acknowledged.ts',
        find: 'readonly #last = new Map<NodeId, Held & { readonly storageId: StorageId }>();',
        replace: 'get #last() { return ((this.#out as any).acknowledgedInAnyEpoch ??= new Map()); }',
      },
    ],
  },
  {
    name: 'a follower acknowledges to an earlier leader after it promised a higher epoch',
    edits: [
      {
        file: 'core/follower/leader-session.ts',
        find: "this.#phase !== 'storing' || this.#isLost || !this.isInForce || !promises.isSaved",
        replace: "this.#phase !== 'storing' || this.#isLost",
      },
    ],
  },
  {
    name: 'a follower takes batches of an earlier leader after it promised a higher epoch',
    edits: [
      {
        file: 'core/follower/follower.ts',
        find: 'this.#session.epoch === epoch && this.#session.isInForce;',
        replace: 'this.#session.epoch === epoch;',
      },
      {
        file: 'core/follower/leader-session.ts',
        find: 'this.#isLost || !this.isInForce || !promises.isSaved',
        replace: 'this.#isLost',
      },
    ],
  },
  {
    name: 'a node counts by the end of its entries, not by its tip',
    edits: [
      {
        file: 'core/leader/followers.ts',
        find: '...message.tip, end: message.durableEnd });',
        replace:
          '...message.tip, end: message.durableEnd, number: (message.durableEnd === outline.end.offset ? outline.end.number : end) - 1 });',
      },
    ],
  },
  {
    name: "an earlier epoch's entries are committed by count",
    edits: [
      {
        file: 'core/leader/epoch-commits.ts',
        find: 'if (end <= this.markerNumber || end <= this.#end) return false;',
        replace: 'if (end < this.markerNumber || end <= this.#end) return false;',
      },
      // The marker has no entries: its end in entries is theirs.
      {
        file: 'core/leader/epoch-commits.ts',
        find: 'if (point.number > end) break;',
        replace: 'if (point.number > Math.max(end, this.markerNumber + 1)) break;',
      },
    ],
  },
  {
    // A real bug, once: `majority` waited for the marker, a number did not.
    name: 'a retry that joins an entry of an earlier epoch counts those who hold it without the marker',
    edits: [
      {
        file: 'core/leader/waiting-appends.ts',
        find: 'return mayBeCut ? this.#markerNumber : append.number;',
        replace: 'return append.number;',
      },
    ],
  },
  {
    name: 'half is a majority',
    edits: [
      {
        file: 'core/model/members.ts',
        find: 'return Math.floor(memberCount / 2) + 1;',
        replace: 'return Math.ceil(memberCount / 2);',
      },
    ],
  },
  {
    name: "a follower's old acknowledgement is kept over a reconnect",
    edits: [
      {
        file: 'core/leader/acknowledged.ts',
        find: 'if (this.#last.get(id)?.storageId !== storageId) this.#last.delete(id);',
        replace: '',
      },
      // Its first acknowledgement on the new stream would correct it.
      {
        file: 'core/leader/acknowledged.ts',
        find: 'this.#last.set(id, acknowledged);',
        replace: 'if (acknowledged.number > (this.#last.get(id)?.number ?? -1)) this.#last.set(id, acknowledged);',
      },
    ],
  },
  {
    name: 'a blank node counts once it has caught up, before the list names its storage',
    edits: [
      {
        file: 'core/leader/acknowledged.ts',
        find: 'last === undefined || last.storageId !== storageId ? batchNumber(0)',
        replace: 'last === undefined ? batchNumber(0)',
      },
    ],
  },
  {
    name: 'a promise counts by name, whatever the storage',
    edits: [
      {
        file: 'core/members/founding.ts',
        find: 'answer.id === member.id && answer.storageId === member.storageId',
        replace: 'answer.id === member.id',
      },
    ],
  },
  {
    // This adds a kind of change that the program does not know: the types of a copy are not checked.
    name: 'a storage id is swapped in one change',
    edits: [
      {
        file: 'core/members/list-change.ts',
        find: "return { what: 'storage-out', id: node.id, list: withoutMember(list, node.id) };",
        replace: `const { id, storageId, url } = node;
    return { what: 'storage-replaced', id, list: replaceMember(list, id, { id, storageId, url, since }) };`,
      },
    ],
  },
  {
    name: 'a change of members does not wait for the one before it',
    edits: [
      {
        file: 'core/leader/leader.ts',
        find: 'return this.isMarkerCommitted && this.#context.outline.listNumber < this.#commits.end;',
        replace: 'return this.isMarkerCommitted;',
      },
    ],
  },
  {
    name: 'a list is rebuilt with a member and the address at which it is found, too',
    edits: [
      {
        file: 'core/members/founding.ts',
        find: 'else if (findMember(list, answer.id) === undefined && !members.some(({ id }) => id === answer.id)) {',
        replace: 'else {',
      },
    ],
  },
];
