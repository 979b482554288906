/** The decisions of a core as lines of an interaction script: short, and always in the same order. */

import type { BatchHeader } from '../model/batch.ts';
import { unreachable } from '../model/assert.ts';
import type { Feed, LogEvent, LogWork, NodeState, Reply } from '../model/events.ts';
import type { LogShape } from '../model/epoch-history.ts';
import type { MemberList } from '../model/members.ts';
import type { Fetched, PeerMessage, Replicate } from '../model/messages.ts';
import type { Epoch } from '../model/numbers.ts';
import type { LogPoint, Place } from '../model/place.ts';
import type { MemberStatus, ReplicaStatus } from '../status.ts';
import { problems } from '../../api/problems.ts';

export function logEventLine({ level, event, facts }: LogEvent): string {
  return line(level === 'info' ? 'note' : level, event, words(facts));
}

/** @param before - the state before this one: what is the same in it is left out */
export function saveLine(state: NodeState, before: NodeState | undefined): string {
  const { promisedEpoch, promisedTo, clusterId, storageId } = state;
  const isNew = { cluster: clusterId !== (before?.clusterId ?? null), storage: before !== undefined && storageId !== before.storageId };
  return line(
    'save',
    words({
      epoch: promisedEpoch,
      to: promisedTo?.id,
      cluster: isNew.cluster ? (clusterId ?? 'none') : undefined,
      storage: isNew.storage ? storageId : undefined,
    }),
  );
}

export function workLine(work: LogWork): string {
  switch (work.kind) {
    case 'write':
      return line('write', batchWord(work.draft), words({ epoch: work.draft.epoch }));
    case 'store':
      return line('write', batchWord(work.batch), words({ epoch: work.batch.epoch }));
    case 'cut':
      return line('cut', `from ${pointWord(work.point)}`);
    case 'locate':
      return line('locate', `#${work.number}`);
    case 'receive':
      return line('receive', words({ position: work.position, bytes: work.bytes.length }));
    case 'install':
      return line('install', `at ${pointWord(work.base)}`);
    default:
      return unreachable(work);
  }
}

export function readLine(to: string, feed: Feed): string {
  return line('read', `from #${feed.from}`, words({ for: to, bytesMax: feed.bytesMax }));
}

export function sendLine(to: string, message: PeerMessage): string {
  return line('send', to, messageWords(message));
}

export function replyLine(label: string, reply: Reply): string {
  switch (reply.kind) {
    case 'appended':
      return line('answer', label, words({ offset: reply.offset, acks: reply.acks }));
    case 'readable':
      return line('answer', label, words({ end: reply.end }));
    case 'failed': {
      const { acks, waitingFor, offset } = reply.facts;
      return line('answer', label, `${problems[reply.code].outcome}: ${reply.code}`, words({ offset, acks, waitingFor }));
    }
    case 'trimmed':
      return line('answer', label, reply.kind, words({ firstOffset: reply.firstOffset }));
    case 'retentionSet':
    case 'registration':
    case 'removed':
    case 'promoted':
    case 'clusterForced':
      return line('answer', label, reply.kind);
    default:
      return unreachable(reply);
  }
}

export function statusLine(status: ReplicaStatus): string {
  const { id, role, epoch, leader, logEnd, durableEnd, committedEnd, visibleEnd, refusal, waitingFor, members } = status;
  return line(
    id,
    role,
    words({
      epoch,
      of: role === 'follower' ? leader?.id : undefined,
      logEnd,
      durableEnd,
      committedEnd,
      visibleEnd,
      firstOffset: status.firstOffset === 0 ? undefined : status.firstOffset,
      waiting: status.waitingAppends || undefined,
      refusal,
      waitingFor: waitingFor.length === 0 ? undefined : waitingFor,
      members: role === 'leader' ? members.map(memberWord) : undefined,
    }),
  );
}

function memberWord({ id, state, health, lagEntries = 0, lagMs = 0 }: MemberStatus): string {
  const lag = health === 'unhealthy' && lagEntries > 0 ? `lacks${lagEntries}/${lagMs}ms` : undefined;
  const remarks = [state === 'member' ? undefined : state, health === 'healthy' ? undefined : health, lag].filter(Boolean);
  return remarks.length === 0 ? id : `${id}(${remarks.join()})`;
}

function messageWords(message: PeerMessage): string {
  const { kind, epoch } = message;
  switch (message.kind) {
    case 'hello':
      return line(kind, words({ epoch, storage: message.storageId, cluster: message.clusterId ?? 'none' }));
    case 'requestPromise':
      return line(kind, words({ epoch }));
    case 'promise':
      return line(kind, words({ epoch, tip: placeWord(message.tip) }));
    case 'refuse':
      return line(kind, words({ epoch, reason: message.reason, leader: message.leader?.id }));
    case 'fetch':
    case 'following':
      return line(kind, words({ epoch, log: shapeWord(message.shape) }));
    case 'fetchMatch':
      return line(kind, words({ epoch, agreedTo: pointWord(message.point), end: pointWord(message.end) }));
    case 'match':
      return line(kind, words({ epoch, agreedTo: pointWord(message.point) }));
    case 'fetchNext':
      return line(kind, words({ epoch, from: `#${message.number}` }));
    case 'fetchChunkEnd':
      return line(kind, words({ epoch, end: `#${message.end}` }));
    case 'lead':
      return line(kind, words({ epoch, members: message.memberIds }));
    case 'replicate':
    case 'fetched':
      return line(
        kind,
        batchWord(message.batch),
        words({ epoch, writtenIn: earlierEpoch(message), committed: message.batch.committedEnd }),
      );
    case 'acknowledge':
      return line(kind, String(message.durableEnd), words({ epoch, tip: placeWord(message.tip) }));
    case 'heartbeat':
      return line(kind, words({ epoch, committed: message.committedEnd }));
    case 'heartbeatAnswer':
      return line(kind, words({ epoch, canStore: message.canStore ? undefined : 'no' }));
    case 'readRequest':
      return line(kind, words({ epoch }));
    case 'readAnswer':
      return line(kind, words({ epoch, end: message.end, first: message.firstOffset }));
    case 'poll':
      return line(kind, words({ epoch, round: message.round, tip: placeWord(message.tip), priority: message.priority }));
    case 'pollAnswer':
      return line(
        kind,
        message.refusal ?? 'free',
        words({ epoch, round: message.round, tip: placeWord(message.tip), canLead: message.canLead ? undefined : 'no' }),
      );
    case 'askCheckpoint':
    case 'checkpointPart':
      return line(kind, words({ epoch, base: `#${message.base}`, position: message.position }));
    case 'keepLead':
    case 'declineLead':
      return line(kind, words({ epoch, why: message.why }));
    case 'yourTurn':
    case 'askHandOver':
    case 'takeOver':
    case 'resign':
      return line(kind, words({ epoch }));
    default:
      return unreachable(message);
  }
}

/** Entries as `start+count`. */
function batchWord({ entryCount, baseOffset, isMarker, memberList, control }: BatchHeader): string {
  const what = entryCount > 0 ? `${baseOffset}+${entryCount}` : isMarker ? 'marker' : '';
  const list = memberList === undefined ? undefined : listWord(memberList);
  return line(what, words({ list, trim: control?.kind === 'trim' ? control.firstOffset : undefined }));
}

/** The epoch of the batch, if it is earlier than that of the message. */
function earlierEpoch({ epoch, batch }: Replicate | Fetched): Epoch | undefined {
  return batch.epoch === epoch ? undefined : batch.epoch;
}

/** The members by storage id, which begins with the name; an unclaimed one by its name and a `?`. */
function listWord(list: MemberList): string {
  return list.members.map(({ id, storageId }) => storageId ?? `${id}?`).join();
}

/** Batch 4, written in epoch 2: `2#4`. */
function placeWord({ epoch, number }: Place): string {
  return number < 0 ? 'none' : `${epoch}#${number}`;
}

/** A point between two batches: the number of the next batch, and the offset of the next entry. */
function pointWord({ number, offset }: LogPoint): string {
  return `#${number}/${offset}`;
}

/** The first batch of each epoch, and the end. */
function shapeWord({ starts, end }: LogShape): string {
  return [...starts.map(placeWord), pointWord(end)].join();
}

function words(facts: Readonly<Record<string, unknown>>): string {
  const known = Object.entries(facts).filter(([, value]) => value !== undefined);
  return known.map(([name, value]) => `${name}=${word(value)}`).join(' ');
}

function word(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'nobody' : value.map(word).join();
  if (isPlace(value)) return placeWord(value);
  return typeof value === 'string' && !value.includes(' ') ? value : JSON.stringify(value);
}

function isPlace(value: unknown): value is Place {
  return typeof value === 'object' && value !== null && 'epoch' in value && 'number' in value;
}

function line(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}
