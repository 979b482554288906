/**
 * Checks what the clients saw, and the logs at the end, against what docs/ARCHITECTURE.md and docs/guarantees.md promise: the
 * claims of the simulator's checkers, as far as they can be seen from outside. A pure function of both.
 */

import { isLasting } from './history.ts';
import type { Attempt, History, Reading, SeenEntry } from './history.ts';

export interface FinalLog {
  readonly node: string;
  readonly entries: readonly SeenEntry[];
}

export const claims = {
  order: 'all logs are the same, dense and in order',
  once: 'no message is in the log twice',
  asked: 'only messages that clients sent are in the log',
  lost: 'every acknowledged message is at its offset',
  w: 'acks is at least what w asks for',
  rejected: 'no rejected message is in the log',
  whole: 'an append of several messages is stored completely and in one piece, or not at all',
  realTime: 'an append that began after another was acknowledged has a larger offset',
  dense: 'no reader sees a gap or another order',
  oneEntry: 'every reader sees the same message at an offset of an epoch',
  vanished: 'an entry that a committed reader saw stays',
  backwards: 'a committed reader of a node that was not restarted never sees less than before',
  stale: 'a linearizable reader sees what was acknowledged by a majority, or seen as committed, before it began',
  refusal: 'a refusal has a code that this cluster can have',
} as const;

export type Claim = keyof typeof claims;

export interface Broken {
  readonly claim: Claim;
  readonly what: string;
}

/** Codes with which nodes may answer when processes, links and disks fail. Any other, such as a bad request, is a bug. */
const expectedCodes: ReadonlySet<string> = new Set([
  'created',
  'no-answer',
  'concern-timeout',
  // The leader was suspended, or its disk was busy with other appends, for as long as the writer would wait.
  'disk-slow',
  'epoch-ended',
  'forward-failed',
  'no-leader',
  'no-quorum',
  'no-room',
  'not-leader',
  'overloaded',
  'shutting-down',
  'stopped-while-waiting',
]);

export function judge(history: History, logs: readonly FinalLog[]): Broken[] {
  const [first] = logs;
  if (first === undefined) throw new Error('there is no log to judge');
  const log = first.entries;
  const offsets = new Map(log.map(({ message, offset }) => [message, offset]));
  return [
    ...judgeLogs(logs, first),
    ...judgeMessages(history.attempts, log),
    ...judgeAcknowledged(history, { log, nodeCount: logs.length }),
    ...judgeAppends(history.attempts, offsets),
    ...judgeRealTime(history, { log, nodeCount: logs.length }),
    ...judgeEntries(history.readings, log),
    ...judgeCommitted(history.readings, log),
    ...judgeLinearizable(history, logs.length),
  ];
}

function judgeLogs(logs: readonly FinalLog[], first: FinalLog): Broken[] {
  const broken: Broken[] = [];
  for (const [index, { offset }] of first.entries.entries()) {
    if (offset !== index) broken.push({ claim: 'order', what: `${first.node} has offset ${offset} in place ${index}` });
  }
  for (const { node, entries } of logs.slice(1)) {
    if (entries.length !== first.entries.length) {
      broken.push({ claim: 'order', what: `${node} has ${entries.length} entries, and ${first.node} ${first.entries.length}` });
    }
    for (const [index, entry] of entries.entries()) {
      const other = first.entries[index];
      if (other === undefined || isSame(entry, other)) continue;
      broken.push({ claim: 'order', what: `${node} has ${show(entry)}, and ${first.node} ${show(other)}` });
    }
  }
  return broken;
}

function judgeMessages(attempts: readonly Attempt[], log: readonly SeenEntry[]): Broken[] {
  const broken: Broken[] = [];
  const asked = new Set(attempts.flatMap(({ messages }) => messages));
  const seen = new Map<string, number>();
  for (const { message, offset } of log) {
    const before = seen.get(message);
    if (before !== undefined) broken.push({ claim: 'once', what: `"${message}" is at ${before} and at ${offset}` });
    if (!asked.has(message)) broken.push({ claim: 'asked', what: `no client sent "${message}" at ${offset}` });
    seen.set(message, offset);
  }
  return broken;
}

function judgeAcknowledged(
  { attempts, emptied, isElected }: History,
  { log, nodeCount }: { readonly log: readonly SeenEntry[]; readonly nodeCount: number },
): Broken[] {
  const broken: Broken[] = [];
  for (const attempt of attempts) {
    const { w, acks, offset, began } = attempt;
    if (!expectedCodes.has(attempt.code)) broken.push({ claim: 'refusal', what: `${describe(attempt)}: ${attempt.code}` });
    if (attempt.outcome !== 'acknowledged') continue;
    const needed = typeof w === 'number' ? w : Math.floor(nodeCount / 2) + 1;
    if (acks === undefined || acks < needed) broken.push({ claim: 'w', what: `${describe(attempt)} was acknowledged by ${acks}` });
    if (offset === undefined) {
      broken.push({ claim: 'lost', what: `${describe(attempt)} was acknowledged without an offset` });
      continue;
    }
    for (const [index, message] of attempt.messages.entries()) {
      const at = offset + index;
      if (log[at]?.message === message) continue;
      // The only risks at w=1: the leader's storage is lost before another node has the message, or another node comes to lead.
      const isRisk = !lasts(attempt, nodeCount);
      if (isRisk && isElected) continue;
      if (isRisk && emptied.some((loss) => loss.isMaster && began < loss.at && at >= loss.othersEnd)) continue;
      const there = log[at] === undefined ? 'where the log ends' : `where ${show(log[at])} is`;
      broken.push({ claim: 'lost', what: `"${message}", acknowledged at w=${w} at ${at}, ${there}` });
    }
  }
  return broken;
}

/** Judges all attempts with the same messages together: an unanswered one may have stored them. */
function judgeAppends(attempts: readonly Attempt[], offsets: ReadonlyMap<string, number>): Broken[] {
  const broken: Broken[] = [];
  for (const [message, same] of Map.groupBy(attempts, ({ messages }) => messages[0] ?? '')) {
    const messages = same[0]?.messages ?? [];
    const places = messages.map((each) => offsets.get(each));
    const present = places.filter((place) => place !== undefined);
    if (present.length > 0 && same.every(({ outcome }) => outcome === 'rejected')) {
      broken.push({
        claim: 'rejected',
        what: `"${message}" was rejected (${same.map(({ code }) => code).join(', ')}), and is at ${present[0]}`,
      });
    }
    const isInOnePiece = places.every((place, index) => place !== undefined && place === (places[0] ?? 0) + index);
    if (present.length > 0 && !isInOnePiece) {
      broken.push({ claim: 'whole', what: `${messages.length} messages from "${message}" on are at ${places.join(', ')}` });
    }
  }
  return broken;
}

/** Whether it was acknowledged so that no minority can lose it, by `w` or by `acks`. */
function lasts({ w, acks }: Attempt, nodeCount: number): boolean {
  return isLasting(w, nodeCount) || (acks !== undefined && acks > nodeCount / 2);
}

function judgeRealTime(
  { attempts, isElected }: History,
  { log, nodeCount }: { readonly log: readonly SeenEntry[]; readonly nodeCount: number },
): Broken[] {
  const broken: Broken[] = [];
  const begins = new Map<string, number>();
  const acknowledgements = new Map<string, number>();
  for (const attempt of attempts) {
    const { messages, began, ended, outcome } = attempt;
    // A message that was lost in a change of leader may be stored again later, by a retry.
    const isPlaced = outcome === 'acknowledged' && (!isElected || lasts(attempt, nodeCount));
    for (const message of messages) {
      begins.set(message, Math.min(began, begins.get(message) ?? Number.POSITIVE_INFINITY));
      if (isPlaced) {
        acknowledgements.set(message, Math.min(ended, acknowledgements.get(message) ?? Number.POSITIVE_INFINITY));
      }
    }
  }
  // From the end of the log: the earliest acknowledgement of all entries that follow.
  let earliest = { message: '', at: Number.POSITIVE_INFINITY };
  for (const { message, offset } of log.toReversed()) {
    const began = begins.get(message);
    if (began !== undefined && began > earliest.at) {
      broken.push({
        claim: 'realTime',
        what: `"${message}" at ${offset} was sent after "${earliest.message}", which follows it, was acknowledged`,
      });
    }
    const at = acknowledgements.get(message);
    if (at !== undefined && at < earliest.at) earliest = { message, at };
  }
  return broken;
}

function judgeEntries(readings: readonly Reading[], log: readonly SeenEntry[]): Broken[] {
  const broken: Broken[] = [];
  const known = new Map(log.map((entry) => [placeOf(entry), entry.message]));
  for (const reading of readings) {
    let epoch = 0;
    for (const [index, entry] of reading.entries.entries()) {
      if (entry.offset !== reading.from + index || entry.epoch < epoch) {
        broken.push({ claim: 'dense', what: `${describeReading(reading)} has ${show(entry)} in place ${index}` });
      }
      ({ epoch } = entry);
      const place = placeOf(entry);
      const message = known.get(place);
      if (message === undefined) known.set(place, entry.message);
      else if (message !== entry.message) {
        broken.push({ claim: 'oneEntry', what: `${describeReading(reading)} has ${show(entry)}, and elsewhere it is "${message}"` });
      }
    }
  }
  return broken;
}

function judgeCommitted(readings: readonly Reading[], log: readonly SeenEntry[]): Broken[] {
  const broken: Broken[] = [];
  const committed = readings.filter(({ level }) => level !== 'default');
  for (const reading of committed) {
    for (const entry of reading.entries) {
      const last = log[entry.offset];
      if (last !== undefined && isSame(last, entry)) continue;
      broken.push({
        claim: 'vanished',
        what: `${describeReading(reading)} has ${show(entry)}, where at the end ${last ? show(last) : 'nothing'} is`,
      });
    }
  }
  const ofOneStart = Map.groupBy(
    committed.filter(({ level, start }) => level === 'committed' && start !== undefined),
    ({ node, start }) => `${node} ${start}`,
  );
  for (const same of ofOneStart.values()) {
    const known = new KnownEnds(same.map((reading) => ({ at: reading.ended, end: endAtLeast(reading) })));
    for (const reading of same) {
      const end = known.before(reading.began);
      if (endAtMost(reading) < end)
        broken.push({ claim: 'backwards', what: `${describeReading(reading)} ends at ${endAtMost(reading)}, after ${end}` });
    }
  }
  return broken;
}

function judgeLinearizable({ attempts, readings }: History, nodeCount: number): Broken[] {
  const acknowledged = attempts.flatMap(({ w, offset, messages, ended }) =>
    offset === undefined || !isLasting(w, nodeCount) ? [] : [{ at: ended, end: offset + messages.length }],
  );
  const seen = readings.filter(({ level }) => level !== 'default').map((reading) => ({ at: reading.ended, end: endAtLeast(reading) }));
  const known = new KnownEnds([...acknowledged, ...seen]);
  return readings.flatMap((reading): Broken[] => {
    const end = known.before(reading.began);
    if (reading.level !== 'linearizable' || endAtMost(reading) >= end) return [];
    return [{ claim: 'stale', what: `${describeReading(reading)} ends at ${endAtMost(reading)}, and ${end} was known before` }];
  });
}

/** How far the log was known to go at each time. */
class KnownEnds {
  readonly #ends: { readonly at: number; readonly end: number }[] = [];

  constructor(ends: readonly { readonly at: number; readonly end: number }[]) {
    let highest = 0;
    for (const { at, end } of ends.toSorted((a, b) => a.at - b.at)) this.#ends.push({ at, end: (highest = Math.max(highest, end)) });
  }

  /** The highest end that was known before this instant. */
  before(instant: number): number {
    let [low, high] = [0, this.#ends.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ends[middle]?.at ?? 0) < instant) low = middle + 1;
      else high = middle;
    }
    return this.#ends[low - 1]?.end ?? 0;
  }
}

function endAtLeast({ from, entries }: Reading): number {
  return entries.length === 0 ? 0 : from + entries.length;
}

/** If the limit was reached, the log may go on. */
function endAtMost({ from, entries, limit }: Reading): number {
  return entries.length < limit ? from + entries.length : Number.POSITIVE_INFINITY;
}

function isSame(a: SeenEntry, b: SeenEntry): boolean {
  return a.offset === b.offset && a.epoch === b.epoch && a.message === b.message;
}

function placeOf({ offset, epoch }: SeenEntry): string {
  return `${epoch}/${offset}`;
}

function show({ offset, epoch, message }: SeenEntry): string {
  return `${offset} "${message}" of epoch ${epoch}`;
}

function describe({ client, messages, w, node }: Attempt): string {
  return `"${messages[0]}" of ${client} at w=${w} through ${node}`;
}

function describeReading({ reader, node, start, level, from, began }: Reading): string {
  return `${reader}, ${level} from ${from} on ${node} (start ${start}) at ${began.toFixed(0)} ms,`;
}
