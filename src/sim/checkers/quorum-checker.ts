/**
 * Checks the rules by which leaders count: what a majority is, and which storages may be part of one.
 *
 * A broken rule does harm only when several other things go wrong as well, within milliseconds of each other and in few
 * runs of a million. So the rules are claims of their own, checked whenever a leader counts. What each storage holds and
 * has promised is taken from the storage and from what was sent, not from what the counting node believes.
 */

import type { Batch, BatchDraft } from '../../core/model/batch.ts';
import type { Ready, ReplicaEvent } from '../../core/model/events.ts';
import type { MemberList } from '../../core/model/members.ts';
import type { NodeId, StorageId, StreamId } from '../../core/model/numbers.ts';
import type { Replica } from '../../core/replica.ts';
import { claim } from '../world/claim.ts';
import type { SimNode } from '../world/sim-node.ts';

/** A node in an epoch that it leads. */
interface LeaderEpoch {
  readonly epoch: number;
  readonly markerNumber: number;
  committedEnd: number;
  /** A list that is decided but perhaps not in the log yet. */
  draftedList: MemberList | undefined;
  /** A committed batch for which no majority was seen yet: it may have one by a list that is being decided. */
  doubtfulNumber: number | undefined;
}

/** What a process heard from the nodes that it dialed. */
interface Heard {
  /** The streams that it opened, and which node speaks on each. */
  readonly speakers: Map<StreamId, NodeId | undefined>;
  /** The storage of each node, as the node last told it. */
  readonly storages: Map<NodeId, StorageId>;
  /** The furthest acknowledgement of each node, in the last epoch in which there was one. */
  readonly acknowledged: Map<NodeId, Acknowledged>;
  /** The same by storage, which a node may have lost since. */
  readonly acknowledgedBy: Map<StorageId, Acknowledged>;
}

interface Acknowledged {
  readonly epoch: number;
  readonly storage: StorageId | undefined;
  readonly number: number;
}

export class QuorumChecker {
  /** `epoch/number` of a batch -> the storages that ever held it durably. */
  readonly #holders = new Map<string, Set<StorageId>>();
  /** Epoch -> the storages that promised it to somebody. */
  readonly #promises = new Map<number, Set<StorageId>>();
  readonly #promised = new Map<StorageId, number>();
  readonly #heard = new WeakMap<Replica, Heard>();
  readonly #leaderEpochs = new Map<SimNode, LeaderEpoch>();

  flushed(storage: StorageId, batches: readonly Batch[]): void {
    for (const { epoch, number } of batches) addTo(this.#holders, `${epoch}/${number}`, storage);
  }

  heard({ replica }: SimNode, event: ReplicaEvent): void {
    if (replica === undefined) return;
    let heard = this.#heard.get(replica);
    if (heard === undefined)
      this.#heard.set(replica, (heard = { speakers: new Map(), storages: new Map(), acknowledged: new Map(), acknowledgedBy: new Map() }));
    if (event.kind === 'dialed') heard.speakers.set(event.stream, undefined);
    if (event.kind !== 'messageReceived' || !heard.speakers.has(event.stream)) return;
    const { stream, message } = event;
    const speaker = heard.speakers.get(stream);
    if (message.kind === 'hello') {
      heard.speakers.set(stream, message.id);
      heard.storages.set(message.id, message.storageId);
    } else if (message.kind === 'acknowledge' && speaker !== undefined) {
      const { epoch, tip } = message;
      const storage = heard.storages.get(speaker);
      const before = heard.acknowledged.get(speaker);
      const isFurther = before?.epoch !== epoch || before.storage !== storage || before.number < tip.number;
      if (isFurther) heard.acknowledged.set(speaker, { epoch, storage, number: tip.number });
      const known = storage === undefined ? undefined : heard.acknowledgedBy.get(storage);
      const isNews = known?.epoch !== epoch || known.number < tip.number;
      if (storage !== undefined && isNews) heard.acknowledgedBy.set(storage, { epoch, storage, number: tip.number });
    }
  }

  decided(node: SimNode, { sends, logWork, replies }: Ready): void {
    const storage = node.log?.storageId;
    for (const { message } of sends) {
      if (storage === undefined) break;
      if (message.kind === 'promise') {
        addTo(this.#promises, message.epoch, storage);
        this.#promised.set(storage, Math.max(message.epoch, this.#promised.get(storage) ?? 0));
      } else if (message.kind === 'acknowledge') {
        const promised = this.#promised.get(storage) ?? 0;
        claim(
          message.epoch >= promised,
          () => `a node acknowledges nothing below its promise: ${node.id} promised ${promised}, and then acknowledges in ${message.epoch}`,
        );
      }
    }
    for (const work of logWork) if (work.kind === 'write') this.#checkWrite(node, work.draft);
    this.#checkDoubt(node);
    for (const reply of replies) {
      if (reply.kind !== 'appended') continue;
      const { offset, entryCount, places, acks } = reply;
      const end = places === undefined ? offset + entryCount : Math.max(...places.offsets) + 1;
      this.#checkAnswer(node, { end, acks });
    }
  }

  /** Whether a majority holds what a leader has committed since the last check, and the marker of its epoch. */
  check(node: SimNode): void {
    const leaderEpoch = this.#leaderEpochs.get(node);
    const { replica, log } = node;
    if (leaderEpoch === undefined || replica === undefined || log === undefined) return;
    if (!replica.isLeading || replica.promisedEpoch !== leaderEpoch.epoch || replica.committedEnd <= leaderEpoch.committedEnd) return;
    leaderEpoch.committedEnd = replica.committedEnd;
    const number = Math.max(numberOfLast(log.batches, leaderEpoch.committedEnd), leaderEpoch.markerNumber);
    const { members } = this.#listOf(node, leaderEpoch, number);
    if (this.#countHolders(node, { members, number }) < majorityOf(members.length)) leaderEpoch.doubtfulNumber = number;
  }

  /** Called once everything that was decided in the same turn is known, including a new list. */
  #checkDoubt(node: SimNode): void {
    const leaderEpoch = this.#leaderEpochs.get(node);
    const number = leaderEpoch?.doubtfulNumber;
    if (leaderEpoch === undefined || number === undefined) return;
    leaderEpoch.doubtfulNumber = undefined;
    const { members } = this.#listOf(node, leaderEpoch, number);
    const holders = this.#countHolders(node, { members, number });
    claim(
      holders >= majorityOf(members.length),
      () =>
        `what is committed is held by a majority in its epoch: ${node.id} has ${leaderEpoch.committedEnd} on ${holders} of ${members.length}`,
    );
  }

  #checkWrite(node: SimNode, draft: BatchDraft): void {
    const log = node.log;
    if (log === undefined) return;
    const lists = [...log.lists()];
    const [before] = lists;
    if (draft.isMarker) {
      const { epoch, number, memberList } = draft;
      this.#leaderEpochs.set(node, {
        epoch,
        markerNumber: number,
        committedEnd: node.replica?.committedEnd ?? 0,
        draftedList: memberList,
        doubtfulNumber: undefined,
      });
      // Only a founder, or a leader whose members lost too many storages, brings a list of its own, by other rules.
      if (memberList === undefined && before !== undefined) this.#checkPromises(node, epoch, before.list);
      return;
    }
    const leaderEpoch = this.#leaderEpochs.get(node);
    // By the list that it founded with: the present one may be a change that waits for a majority of its own.
    const founded = lists.at(-1);
    if (draft.entryCount > 0 && leaderEpoch?.markerNumber === 0 && founded !== undefined) this.#checkFounder(node, founded.list);
    if (draft.memberList === undefined || leaderEpoch === undefined || before === undefined) return;
    leaderEpoch.draftedList = draft.memberList;
    const [old, now] = [storagesOf(before.list), storagesOf(draft.memberList)];
    const changed = [...old.filter((id) => !now.includes(id)), ...now.filter((id) => !old.includes(id))];
    claim(changed.length <= 1, () => `one storage comes or goes at a time: ${node.id} changes ${changed.join()}`);
    const number = Math.max(before.number, leaderEpoch.markerNumber);
    const { members } = before.list;
    // A storage that acknowledged in this epoch counts, even if its node has come back without it since.
    const holders = this.#countHolders(node, { members, number, mayBeGone: true });
    claim(
      holders >= majorityOf(members.length),
      () => `a change of members waits for the one before it: ${node.id} has that on ${holders} of ${members.length}`,
    );
  }

  #checkFounder(node: SimNode, { members }: MemberList): void {
    const holders = this.#countHolders(node, { members, number: 0, mayBeGone: true });
    claim(
      holders >= majorityOf(members.length),
      () => `a founder takes no append before its first batch is committed: ${node.id} has that on ${holders} of ${members.length}`,
    );
  }

  #checkPromises(node: SimNode, epoch: number, { members }: MemberList): void {
    const storages = this.#promises.get(epoch);
    const own = node.log?.storageId;
    const count = members.filter(({ storageId }) => storageId !== null && (storageId === own || storages?.has(storageId))).length;
    claim(
      count >= majorityOf(members.length),
      () => `a majority promised the epoch: ${node.id} has ${count} of ${members.length} for ${epoch}`,
    );
  }

  #checkAnswer(node: SimNode, { end, acks }: { readonly end: number; readonly acks: number }): void {
    const leaderEpoch = this.#leaderEpochs.get(node);
    if (leaderEpoch === undefined || node.log === undefined) return;
    const number = numberOfLast(node.log.batches, end);
    const { members } = this.#listOf(node, leaderEpoch, number);
    const holders = this.#countHolders(node, { members, number });
    claim(
      holders >= acks,
      () => `w means w: ${node.id} counts ${acks} for what ends at ${end}, and ${holders} storages of members hold it`,
    );
    // Of the two lists by which it may have counted, the one that requires more.
    const majority = Math.max(...this.#listsOf(node, leaderEpoch).map((list) => majorityOf(list.members.length)));
    const committedEnd = node.replica?.committedEnd ?? 0;
    claim(
      acks < majority || committedEnd >= end,
      () => `acks of a majority imply that the entry is committed: ${node.id} counts ${acks} for ${end}, and committed ${committedEnd}`,
    );
  }

  /** The list by which a leader may have counted just now: the one in force, or the one that a change just replaced. */
  #listOf(node: SimNode, leaderEpoch: LeaderEpoch, number: number): MemberList {
    const counted = this.#listsOf(node, leaderEpoch).map((list) => {
      const holders = this.#countHolders(node, { members: list.members, number });
      return { list, holders, surplus: holders - majorityOf(list.members.length) };
    });
    const [best] = counted.toSorted((a, b) => b.surplus - a.surplus || b.holders - a.holders);
    claim(best !== undefined, () => `${node.id} leads with a member list`);
    return best.list;
  }

  #listsOf(node: SimNode, { draftedList }: LeaderEpoch): MemberList[] {
    const inLog = [...(node.log?.lists() ?? [])].slice(0, 2).map((placed) => placed.list);
    return draftedList === undefined ? inLog : [draftedList, ...inLog];
  }

  /**
   * How many members' storages hold this batch of the node's log, as far as the node can know: they acknowledged it in this
   * epoch, and have not reported another storage since.
   */
  #countHolders(
    node: SimNode,
    what: { readonly members: MemberList['members']; readonly number: number; readonly mayBeGone?: true },
  ): number {
    const { members, number, mayBeGone = false } = what;
    const { replica, log } = node;
    const batch = log?.batches[number];
    const epoch = this.#leaderEpochs.get(node)?.epoch;
    const heard = replica === undefined ? undefined : this.#heard.get(replica);
    const storages = batch === undefined ? undefined : this.#holders.get(`${batch.epoch}/${number}`);
    return members.filter(({ id, storageId }) => {
      if (storageId === null || !storages?.has(storageId)) return false;
      if (storageId === log?.storageId) return true;
      const said = mayBeGone ? heard?.acknowledgedBy.get(storageId) : heard?.acknowledged.get(id);
      if (said === undefined || said.epoch !== epoch || said.number < number) return false;
      return said.storage === storageId && (mayBeGone || heard?.storages.get(id) === storageId);
    }).length;
  }
}

/** Written here a second time: a checker that used the core's arithmetic would share its mistakes. */
function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1;
}

/** Number of the batch that holds the entry before `end`; -1 if there is none. */
function numberOfLast(batches: readonly Batch[], end: number): number {
  return batches.findLastIndex((batch) => batch.baseOffset < end);
}

function storagesOf({ members }: MemberList): StorageId[] {
  return members.flatMap(({ storageId }) => storageId ?? []);
}

function addTo<Key>(sets: Map<Key, Set<StorageId>>, key: Key, storage: StorageId): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([storage]));
  else set.add(storage);
}
