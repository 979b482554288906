/**
 * The planted bugs: what a tired colleague could have written. `npm run sim:mutants` runs them, and mutants.test.ts
 * sees to it that each still applies.
 */

import type { Mutant } from './mutant.ts';

export const mutants: readonly Mutant[] = [
  // What counts.
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
        find: 'return { id, since, durableEnd: outline.durable.number };',
        replace: 'return { id, since, durableEnd: outline.end.number };',
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
    // A late one never comes to be counted: streams keep their order, and begin every epoch anew. One kept in mind does.
    name: 'an acknowledgement from an earlier epoch counts',
    edits: [
      {
        file: 'core/node/context.ts',
        find: '  isYielding = false;',
        replace: '  isYielding = false;\n  readonly held = new Map();',
      },
      {
        file: 'core/leader/followers.ts',
        find: 'readonly #held = new Map<NodeId, { readonly storageId: StorageId; readonly end: BatchNumber }>();',
        replace: 'get #held() { return this.#context.held; }',
      },
    ],
  },
  {
    name: 'a follower acknowledges to an earlier leader after it promised a higher epoch',
    edits: [
      {
        file: 'core/follower/leader-session.ts',
        find: "this.#phase !== 'storing' || this.#isLost || !this.isInForce || !book.isSaved",
        replace: "this.#phase !== 'storing' || this.#isLost",
      },
    ],
  },
  {
    name: 'a follower takes batches of an earlier leader after it promised a higher epoch',
    edits: [
      {
        file: 'core/follower/follower.ts',
        find: 'session.epoch === epoch && session.isInForce;',
        replace: 'session.epoch === epoch;',
      },
      {
        file: 'core/follower/leader-session.ts',
        find: 'this.#isLost || !this.isInForce || !book.isSaved',
        replace: 'this.#isLost',
      },
    ],
  },
  {
    name: 'a node counts by the end of its entries, not by its tip',
    edits: [
      {
        file: 'core/leader/followers.ts',
        find: 'this.#held.set(peer.hello.id, { storageId: peer.hello.storageId, end });',
        replace: `const byEnd = message.durableEnd === outline.end.offset ? outline.end.number : end;
    this.#held.set(peer.hello.id, { storageId: peer.hello.storageId, end: byEnd });`,
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
    // It once was so. `majority` waited for the marker, a number did not.
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
        file: 'core/leader/followers.ts',
        find: 'if (this.#held.get(hello.id)?.storageId !== hello.storageId) this.#held.delete(hello.id);',
        replace: '',
      },
      // Its first word on the new stream would correct it.
      {
        file: 'core/leader/followers.ts',
        find: 'this.#held.set(peer.hello.id, { storageId: peer.hello.storageId, end });',
        replace: `const before = this.#held.get(peer.hello.id)?.end ?? 0;
    if (end > before) this.#held.set(peer.hello.id, { storageId: peer.hello.storageId, end });`,
      },
    ],
  },
  {
    name: 'a blank node counts once it has caught up, before the list names its storage',
    edits: [
      {
        file: 'core/leader/followers.ts',
        find: 'durableEnd: held?.storageId === storageId ? held.end : batchNumber(0)',
        replace: 'durableEnd: held?.end ?? batchNumber(0)',
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

  // Epochs.
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
        find: 'if (!book.isSaved) return;\n    for (const { stream, epoch } of this.#pending)',
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

  // Where logs part.
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
    // It once was so: the point of a cut may be the start of an epoch, and came with the number of that.
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
    name: 'a repeated batch is known by its number alone',
    edits: [
      {
        file: 'core/follower/leader-session.ts',
        find: 'const isSame = this.#context.outline.epochAt(batch.number) === batch.epoch && (checksum === undefined || checksum === batch.checksum);',
        replace: 'const isSame = checksum === checksum;',
      },
      // What differs is cut before any batch flows, and the leader looks at the epoch of the tip: neither is left.
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
      // A leader says nothing of it before it knows where the logs part.
      {
        file: 'core/leader/followers.ts',
        find: "if (progress.phase === 'leading') continue;",
        replace: '',
      },
    ],
  },

  // Reads and retries.
  {
    name: 'a linearizable read does not ask whether this node still leads',
    edits: [
      {
        file: 'core/leader/read-index.ts',
        find: 'if (noted === undefined || noted.sequence > confirmed) return true;',
        replace: 'if (noted === undefined) return true;',
      },
    ],
  },
  {
    // It once was so.
    name: 'a linearizable read has a deadline of its own no more when its node comes to lead',
    edits: [
      {
        file: 'core/roles.ts',
        find: 'this.requestRead(requestId, deadline - context.now);',
        replace: 'this.requestRead(requestId, deadline - deadline + 30_000);',
      },
    ],
  },
  {
    name: 'idempotency keys are forgotten at a restart',
    edits: [
      {
        file: 'storage/recovery/read-log.ts',
        find: 'outline.restore(head, headKeys);',
        replace: 'outline.restore(head, undefined);',
      },
      {
        file: 'storage/recovery/read-log.ts',
        find: 'outline.restore(facts, keys.areNeededFrom(name) ? facts.keys : undefined);',
        replace: 'outline.restore(facts, undefined);',
      },
    ],
  },
  {
    name: 'idempotency keys are kept over a cut',
    edits: [
      {
        file: 'core/log/log-outline.ts',
        find: '    this.#keys.cut(point.offset);\n',
        replace: '',
      },
    ],
  },
  {
    name: 'an append that was refused for its time stays in line',
    edits: [
      {
        file: 'core/leader/append-queue.ts',
        find: 'return this.#takeWhere((item) => item.deadline <= now);',
        replace: 'return this.#items.filter((item) => item.deadline <= now);',
      },
    ],
  },
  {
    name: 'after a flush that failed the next one is believed',
    edits: [
      {
        file: 'driver/log-worker.ts',
        find: `(error: unknown) => {
          this.#isFlushing = false;
          this.#parts.fail(error);`,
        replace: `() => {
          this.#isFlushing = false;
          this.#flush();`,
      },
    ],
  },
  {
    name: 'a start does not flush again what may never have been',
    edits: [
      {
        file: 'storage/recovery.ts',
        find: 'await file.overwrite(position, bytes);',
        replace: '',
      },
    ],
  },

  // Clocks.
  {
    name: 'a leader believes its own clock alone',
    edits: [
      {
        file: 'core/leader/log-dates.ts',
        find: 'const date = this.#agreed === undefined ? Math.min(wallClock, this.#passed) : clamp(wallClock - now, this.#agreed) + now;',
        replace: 'const date = now === now ? wallClock : now;',
      },
    ],
  },
  {
    name: 'clocks agree whatever they say',
    edits: [
      {
        file: 'core/leader/clock-agreement.ts',
        find: 'if (high - low > agreementMs) continue;',
        replace: '',
      },
    ],
  },
  {
    // It once was so: a clock that jumped by more than the window made all nodes forget all keys.
    name: 'idempotency keys grow old by the date',
    edits: [
      {
        file: 'core/leader/leader.ts',
        find: 'age: this.#age.at(now),',
        replace: `age: Math.max(
        outline.lastAge,
        Math.min(0xff_ff_ff, Math.floor((this.#dates.next() - 1_690_000_000_000) / 60_000) + 0 * this.#age.at(now)),
      ) as typeof outline.lastAge,`,
      },
    ],
  },
  {
    name: 'dates go back with the clock',
    edits: [
      {
        file: 'core/leader/log-dates.ts',
        find: 'return timestampMs(Math.max(outline.lastTimestamp, Math.floor(date)));',
        replace: 'return timestampMs(outline.lastTimestamp * 0 + Math.max(0, Math.floor(date)));',
      },
    ],
  },

  // What hangs.
  {
    // It once was so: the batch in writing was in no line that expires.
    name: 'who waits for a write that hangs is not answered before it ends',
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

  // Indexes.
  {
    name: 'keys are not loaded from an index',
    edits: [
      {
        file: 'storage/recovery/read-log.ts',
        find: 'outline.restore(head, headKeys);',
        replace: 'outline.restore(head, undefined);',
      },
    ],
  },
  {
    name: 'the member lists of a segment that a start does not read are forgotten',
    edits: [
      {
        file: 'storage/format/segment-index.ts',
        find: 'lists.push({ number: batchNumber(number(at)), list: decodeMemberList(head.subarray(at + listHeaderBytes, end)) });',
        replace: '',
      },
    ],
  },
  {
    name: 'the keys of an index are believed whatever their checksum',
    edits: [
      {
        file: 'storage/segments/index-files.ts',
        find: 'bytesRead === keys.bytes && crc32(target) === keys.checksum',
        replace: 'bytesRead === keys.bytes',
      },
    ],
  },
  {
    name: 'a reader believes the places in any index that is there',
    edits: [
      {
        file: 'storage/segments/closed-segments.ts',
        find: 'return head?.checksum === indexChecksum ?',
        replace: 'return head !== undefined ?',
      },
    ],
  },
  {
    name: 'what is appended while somebody reads is missed as damage',
    edits: [
      {
        file: 'storage/log-reads.ts',
        find: 'const readable = { name: segment.name, size: segment.size };',
        replace: 'const readable = segment;',
      },
    ],
  },
  {
    name: 'what a start took from an index is never read',
    edits: [
      {
        file: 'storage/segments/scrubber.ts',
        find: 'const [segment] = this.#waiting;',
        replace: 'const segment = this.#waiting.find((waiting) => !isKnown(waiting));',
      },
    ],
  },
  {
    name: 'a cut leaves the index of a segment',
    edits: [
      {
        file: 'storage/segmented-log.ts',
        find: 'await this.#indexes.remove(closed.map(({ name }) => name));',
        replace: '',
      },
      // It would be known by the segment's size, or make room for the right one.
      {
        file: 'storage/recovery/read-log.ts',
        find: 'if (head.size === size) heads.set(name, head);',
        replace: 'if (size > 0) heads.set(name, head);',
      },
      {
        file: 'storage/segments/index-files.ts',
        find: '    await this.#disk.remove(name);\n    if ((',
        replace: '    if ((await this.#disk.readFile(name)) !== undefined) return;\n    if ((',
      },
    ],
  },
  // Who passes an append on.
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
        find: 'return this.#isRepeatable && endedWithLeader.has(error.code) ? undefined : error;',
        replace: 'return endedWithLeader.has(error.code) ? undefined : error;',
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
