/**
 * Decides what goes into the leader's next batch: pure. Each append from the queue gets the next offset, or joins the wait for
 * the entry that already has its key, or is refused.
 *
 * The leader decides when a batch is due and how many appends may go into it, writes the batch, and answers. Nothing is kept
 * here from one batch to the next.
 *
 * Invariant: offsets are given without gaps, in the order of the queue, and at most one of the appends with the same key gets
 * one.
 */

import type { AppendKey, PlacedKey } from '../model/batch.ts';
import { isIdentity } from '../model/forward-identity.ts';
import { offset } from '../model/numbers.ts';
import type { Epoch, Offset, RequestId } from '../model/numbers.ts';
import type { LogOutline } from '../log/log-outline.ts';
import type { Shortage } from '../model/shortage.ts';
import { majorityOf } from '../model/members.ts';
import type { ForwardMemory } from '../node/forward-memory.ts';
import type { QueuedAppend } from './append-queue.ts';
import { spreadAppend } from './spread-append.ts';
import type { MessagePlace } from './spread-append.ts';
import { isAbove } from './waiting-appends.ts';
import type { WaitingAppend } from './waiting-appends.ts';
import type { ProblemCode, ProblemFacts } from '../../api/problems.ts';

/** How many appends may wait for more nodes than there are members. Each of them is likely to wait for its whole timeout. */
const aboveMembersMax = 100;

export interface BatchSituation {
  readonly outline: Pick<LogOutline, 'end' | 'findKey' | 'epochAt'>;
  readonly epoch: Epoch;
  readonly memberCount: number;
  /** Appends that wait for more nodes than there are members. */
  readonly aboveCount: number;
  /** Whether forwarded appends get a place under their identity. */
  readonly forwards: Pick<ForwardMemory, 'isOn'>;
  /** What the disk has too little of, if anything. If so, only retries of what is in the log are accepted. */
  readonly lacking: Shortage | undefined;
}

export interface AppendRefusal {
  readonly requestId: RequestId;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly facts: ProblemFacts;
}

export interface EntryBatch {
  readonly entryCount: number;
  /** The size of its messages. */
  readonly byteCount: number;
  readonly keys: readonly PlacedKey[];
  /** The appends whose messages are in it, in order. If there are none, there is nothing to write. */
  readonly requestIds: readonly RequestId[];
  /** Of those of which only a part goes into the batch: which messages. */
  readonly picks: ReadonlyMap<RequestId, readonly number[]>;
  /** The appends that wait from now on: those of `requestIds`, and retries of what is in this batch or an earlier one. */
  readonly waiting: readonly WaitingAppend[];
  /** Retries, whose own messages are no longer needed. */
  readonly retries: readonly RequestId[];
  readonly refusals: readonly AppendRefusal[];
}

/** What becomes of an append that is not refused for its keys. */
interface Placing {
  /** Where its messages are, or will be. */
  readonly place: Pick<WaitingAppend, 'offset' | 'number' | 'epoch' | 'entryCount' | 'places'>;
  /** How many of its messages are new. */
  readonly newCount: number;
  /** Which ones, if only a part of them is. */
  readonly picks: readonly number[] | undefined;
  /** The keys of the new ones. */
  readonly keys: readonly PlacedKey[];
}

const noKeys: readonly PlacedKey[] = [];

export function buildBatch(appends: readonly QueuedAppend[], situation: BatchSituation): EntryBatch {
  const { outline, memberCount } = situation;
  const first = outline.end.offset;
  const waiting: WaitingAppend[] = [];
  const requestIds: RequestId[] = [];
  const retries: RequestId[] = [];
  const picks = new Map<RequestId, readonly number[]>();
  const refusals: AppendRefusal[] = [];
  const keys = new Map<string, PlacedKey>();
  let { aboveCount } = situation;
  let byteCount = 0;
  let end = first;
  for (const append of appends) {
    const { requestId, concern, deadline } = append;
    if (isAbove(concern.w, memberCount)) {
      if (aboveCount >= aboveMembersMax) {
        refusals.push(tooManyAbove(append, aboveCount, memberCount));
        continue;
      }
      aboveCount += 1;
    }
    const placing = placingOf(append, end, { keys, situation });
    if ('code' in placing) {
      refusals.push(placing);
      continue;
    }
    const { newCount } = placing;
    const refusal = newCount === 0 ? undefined : refusalOfNew(append, situation);
    if (refusal !== undefined) {
      refusals.push(refusal);
      continue;
    }
    for (const placed of placing.keys) keys.set(keyName(placed), placed);
    (newCount === 0 ? retries : requestIds).push(requestId);
    if (newCount > 0 && placing.picks !== undefined) picks.set(requestId, placing.picks);
    byteCount += Math.ceil((append.byteCount * newCount) / append.entryCount);
    waiting.push({ requestId, w: concern.w, deadline, ...placing.place });
    end = offset(end + newCount);
  }
  return { entryCount: end - first, byteCount, keys: [...keys.values()], requestIds, picks, waiting, retries, refusals };
}

/** The batch that is being built. */
interface Building {
  /** The keys in it. */
  readonly keys: ReadonlyMap<string, PlacedKey>;
  readonly situation: BatchSituation;
}

/** @param end - where the next new message goes */
function placingOf(append: QueuedAppend, end: Offset, building: Building): Placing | AppendRefusal {
  const { requestId, key, keys, entryCount } = append;
  const { outline, epoch } = building.situation;
  const next = { offset: end, number: outline.end.number, epoch };
  if (keys !== undefined) return spread(append, keys, next, building);
  const known = key === undefined ? undefined : findAppend(key, building);
  if (known === 'forgotten')
    return { requestId, code: 'forward-failed', detail: 'it may be stored, too long ago for this leader to know', facts: {} };
  if (known?.isSameMessage === false) return reusedKey(requestId, known.place.offset);
  if (known !== undefined) return { place: known.place, newCount: 0, picks: undefined, keys: noKeys };
  const placed = key === undefined ? noKeys : [{ ...key, offset: end }];
  return { place: { ...next, entryCount }, newCount: entryCount, picks: undefined, keys: placed };
}

/** Each message has a key of its own, or none. */
function spread(
  { requestId, entryCount }: QueuedAppend,
  keys: readonly (AppendKey | undefined)[],
  next: MessagePlace,
  building: Building,
): Placing | AppendRefusal {
  const find = (each: AppendKey): ReturnType<typeof findMessage> => findMessage(each, building);
  const found = spreadAppend(keys, { next, find, nameOf: keyName, isSame: (a, b) => areEqual(a.digest, b.digest) });
  if ('taken' in found) return reusedKey(requestId, found.taken, found.index);
  const { places, newest, picks } = found;
  const isInPart = picks.length < entryCount;
  return {
    place: { ...newest, entryCount: 1, places },
    newCount: picks.length,
    picks: isInPart ? picks : undefined,
    keys: found.keys,
  };
}

/** Why nothing new of this append can be stored. What is stored already is answered all the same. */
function refusalOfNew(append: QueuedAppend, situation: BatchSituation): AppendRefusal | undefined {
  const { requestId, key } = append;
  const { forwards, lacking } = situation;
  const fenced = fenceOf(append, situation);
  if (fenced !== undefined) return fenced;
  if (key !== undefined && isIdentity(key) && !forwards.isOn)
    return { requestId, code: 'not-leader', detail: 'this leader remembers no forwarded appends now', facts: {} };
  return lacking === undefined ? undefined : noRoom(requestId, lacking);
}

function tooManyAbove({ requestId, concern }: QueuedAppend, aboveCount: number, memberCount: number): AppendRefusal {
  const detail = `${aboveCount} appends already wait for more nodes than the ${memberCount} members`;
  return { requestId, code: 'overloaded', detail, facts: { w: concern.w, members: memberCount } };
}

/** @param index - of the message, if it has a key of its own */
function reusedKey(requestId: RequestId, taken: Offset, index?: number): AppendRefusal {
  const detail = `this key was used for another message, at offset ${taken}`;
  if (index === undefined) return { requestId, code: 'key-reused', detail, facts: { offset: taken } };
  return { requestId, code: 'key-reused', detail: `message ${index}: ${detail}; nothing was stored`, facts: { offset: taken, index } };
}

export function noRoom(requestId: RequestId, lacking: Shortage | undefined): AppendRefusal {
  return {
    requestId,
    code: 'no-room',
    detail: `the leader has too little ${lacking}; nothing was stored. A trim or a retention makes room`,
    facts: { lacks: lacking },
  };
}

/**
 * Judges an append that is only for one epoch, here and not when it arrived, since it may have waited for this epoch. It needs a
 * `w` of a majority: with less, a leader that has not heard yet of the next one would answer that it is stored.
 */
function fenceOf({ requestId, concern, ifEpoch }: QueuedAppend, { epoch, memberCount }: BatchSituation): AppendRefusal | undefined {
  if (ifEpoch === undefined) return undefined;
  const { w } = concern;
  const majority = majorityOf(memberCount);
  if (typeof w === 'number' && w < majority) {
    const detail = `"ifEpoch" needs a "w" of majority or more: that is ${majority} of ${memberCount} members, and not ${w}`;
    return { requestId, code: 'bad-request', detail, facts: { field: 'w', w, members: memberCount } };
  }
  if (ifEpoch === epoch) return undefined;
  return { requestId, code: 'wrong-epoch', detail: `this was for epoch ${ifEpoch}, and ${epoch} leads here`, facts: { ifEpoch, epoch } };
}

/** Finds an earlier append with this key, in the batch that is being built or in the log. */
function findAppend(
  key: AppendKey,
  { keys, situation: { outline, epoch } }: Building,
): { readonly place: Placing['place']; readonly isSameMessage: boolean } | 'forgotten' | undefined {
  const inBatch = keys.get(keyName(key));
  if (inBatch !== undefined) {
    const place = { offset: inBatch.offset, number: outline.end.number, epoch, entryCount: key.entryCount };
    return { place, isSameMessage: areEqual(inBatch.digest, key.digest) };
  }
  const inLog = outline.findKey(key);
  if (inLog === undefined || inLog === 'forgotten') return inLog;
  const { isSameMessage, number, entryCount } = inLog;
  return { place: { offset: inLog.offset, number, epoch: outline.epochAt(number), entryCount }, isSameMessage };
}

/** The same for a message with a key of its own: identities are of whole appends. */
function findMessage(key: AppendKey, building: Building) {
  const found = findAppend(key, building);
  return found === 'forgotten' ? undefined : found;
}

/** A fingerprint as the key of a map, two bytes per character. It is on the path of every append, hence without a loop. */
function keyName({ fingerprint: bytes }: AppendKey): string {
  const pair = (at: number): number => (bytes[at] ?? 0) + (bytes[at + 1] ?? 0) * 0x100;
  return String.fromCharCode(pair(0), pair(2), pair(4), pair(6), pair(8), pair(10), pair(12), pair(14));
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
