/** Collects the decisions of the core until the driver takes them. Each is handed out once. */

import type {
  Acknowledgement,
  CheckpointFeed,
  Feed,
  LogEvent,
  LogWork,
  NodeState,
  PlacedFailure,
  Ready,
  Reply,
  SideWork,
} from '../model/events.ts';
import type { PeerMessage } from '../model/messages.ts';
import type { BatchNumber, RequestId, StreamId } from '../model/numbers.ts';
import type { ProblemCode, ProblemFacts } from '../../api/problems.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? Item[] : T[K] };

function empty(): Mutable<Ready> {
  return {
    save: undefined,
    logWork: [],
    sends: [],
    feeds: [],
    sideWork: [],
    checkpointFeeds: [],
    dials: [],
    closes: [],
    replies: [],
    letGo: [],
    logEvents: [],
    acknowledgements: [],
    registerAt: undefined,
    roomWanted: undefined,
    isRoomMeasured: false,
  };
}

export class Outbox {
  #ready = empty();
  #isEmpty = true;
  #asked = 0;

  take(): Ready | undefined {
    if (this.#isEmpty) return undefined;
    const ready = this.#ready;
    this.#ready = empty();
    this.#isEmpty = true;
    return ready;
  }

  save(state: NodeState, version: number): void {
    this.#touch().save = { state, version };
  }

  /** @returns the number of this request, which `located` answers */
  locate(number: BatchNumber): number {
    const locateId = this.nextId();
    this.log({ kind: 'locate', locateId, number });
    return locateId;
  }

  /** A number for work whose result is reported. */
  nextId(): number {
    this.#asked += 1;
    return this.#asked;
  }

  beside(work: SideWork): void {
    this.#touch().sideWork.push(work);
  }

  feedCheckpoint(feed: CheckpointFeed): void {
    this.#touch().checkpointFeeds.push(feed);
  }

  log(work: LogWork): void {
    this.#touch().logWork.push(work);
  }

  send(stream: StreamId, message: PeerMessage): void {
    this.#touch().sends.push({ stream, message });
  }

  feed(feed: Feed): void {
    this.#touch().feeds.push(feed);
  }

  dial(url: string): void {
    this.#touch().dials.push(url);
  }

  close(stream: StreamId): void {
    this.#touch().closes.push(stream);
  }

  reply(reply: Reply): void {
    this.#touch().replies.push(reply);
  }

  /** @param placed - set if the append has a place in the log already */
  fail(requestId: RequestId, code: ProblemCode, detail: string, facts: ProblemFacts = {}, placed?: PlacedFailure): void {
    this.reply({ kind: 'failed', requestId, code, detail, facts, placed });
  }

  /** This append is a retry whose messages are in the log already: it still waits, but its own messages can be dropped. */
  letGo(requestId: RequestId): void {
    this.#touch().letGo.push(requestId);
  }

  emit(level: LogEvent['level'], event: string, facts: LogEvent['facts'] = {}): void {
    this.#touch().logEvents.push({ level, event, facts });
  }

  acknowledged(acknowledgement: Acknowledgement): void {
    this.#touch().acknowledgements.push(acknowledgement);
  }

  /** @param members - URLs to register at, besides those that the operator named */
  register(members: readonly string[]): void {
    this.#touch().registerAt = members;
  }

  wantRoom(bytes: number): void {
    this.#touch().roomWanted = bytes;
  }

  measureRoom(): void {
    this.#touch().isRoomMeasured = true;
  }

  #touch(): Mutable<Ready> {
    this.#isEmpty = false;
    return this.#ready;
  }
}
