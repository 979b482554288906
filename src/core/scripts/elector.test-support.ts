/** One node that elects, with a log of one batch. The test decides what the others say to it. Its disk does everything at once. */

import { encodeBatch } from '../../protocol/batch-codec.ts';
import { LogOutline } from '../log/log-outline.ts';
import type { LogEvent, Ready } from '../model/events.ts';
import type { Hello, PeerMessage, PollAnswer } from '../model/messages.ts';
import {
  batchNumber,
  clusterId,
  epoch,
  incarnation,
  instantMs,
  logAge,
  nodeId,
  offset,
  storageId,
  streamId,
  timestampMs,
} from '../model/numbers.ts';
import type { ElectionOptions } from '../node/context.ts';
import { Replica } from '../replica.ts';
import { replicaOptions, testIdempotency } from './replica-options.test-support.ts';

const cluster = clusterId('c');
const firstTip = { epoch: epoch(1), number: batchNumber(0) };

export class Elector {
  readonly replica: Replica;
  readonly events: LogEvent[] = [];
  /** The addresses that it wants dialed, and what it sent, as far as the test has not taken them. */
  #dials: string[] = [];
  #sends: Ready['sends'][number][] = [];
  #now = 0;
  #streams = 0;
  /** Whether its disk reports writes as done. */
  doesDiskAnswer = true;

  /** @param names - the members in its log's list, itself first */
  constructor(names: readonly string[], elections: Partial<ElectionOptions> = {}) {
    const [id = ''] = names;
    const outline = new LogOutline(testIdempotency);
    const members = names.map((name) => ({ id: nodeId(name), storageId: storageId(name), url: `http://${name}:1`, since: batchNumber(0) }));
    const first = encodeBatch(
      {
        ...{ epoch: epoch(1), number: batchNumber(0), baseOffset: offset(0), entryCount: 0, timestamp: timestampMs(1), age: logAge(0) },
        ...{ committedEnd: offset(0), isMarker: true, keys: [], requestIds: [] },
        memberList: { members, removed: [], founder: nodeId(id) },
      },
      [],
    );
    outline.append(first);
    outline.flushed(batchNumber(1));
    const promisedTo = { id: nodeId(id), incarnation: incarnation('before') };
    const state = { clusterId: cluster, storageId: storageId(id), promisedEpoch: epoch(1), promisedTo, forgot: null };
    const own = { timeoutMs: 1500, priority: 1, isFounder: false, mayRecoverWithoutQuorum: false, ...elections };
    this.replica = new Replica(replicaOptions({ id: nodeId(id), url: `http://${id}:1`, foundsWithAll: true, elections: own }), {
      outline,
      state,
    });
  }

  get role(): string {
    return this.replica.status().role;
  }

  count(event: string): number {
    return this.events.filter((each) => each.event === event).length;
  }

  step(event: Parameters<Replica['step']>[0]): void {
    this.replica.step(event);
    for (let ready = this.replica.takeReady(); ready !== undefined; ready = this.replica.takeReady()) this.#carryOut(ready);
  }

  /** @param others - called after each tick, to let the other nodes answer */
  letPass(ms: number, others: (elector: Elector) => void = () => undefined): void {
    for (const end = this.#now + ms; this.#now < end; ) {
      this.#now += 20;
      this.step({ kind: 'ticked', now: instantMs(this.#now), wallClock: timestampMs(this.#now) });
      others(this);
    }
  }

  /** Another node is reached, at the address `at`, and says hello. @returns its stream */
  reached(name: string, changes: Partial<Hello> = {}, at = name): number {
    this.#streams += 1;
    const stream = this.#streams;
    this.step({ kind: 'dialed', url: `http://${at}:1`, stream: streamId(stream) });
    this.say(stream, { ...hello(name), ...changes });
    return stream;
  }

  /** @returns the names of the nodes that it dialed since the last call */
  takeDialed(): string[] {
    return this.#dials.splice(0).map((url) => new URL(url).hostname);
  }

  /** @returns the kinds of the messages that it sent on this stream since the last call */
  takeSent(stream: number): string[] {
    const sent = this.#sends.filter((each) => Number(each.stream) === stream);
    this.#sends = this.#sends.filter((each) => !sent.includes(each));
    return sent.map(({ message }) => message.kind);
  }

  say(stream: number, message: PeerMessage): void {
    this.step({ kind: 'messageReceived', stream: streamId(stream), message });
  }

  /** The other node supports this one, unless `changes` say otherwise. */
  answerPoll(stream: number, round: number, changes: Partial<PollAnswer> = {}): void {
    const answer = { refusal: null, tip: firstTip, canLead: true, priority: 1, leader: null } as const;
    this.say(stream, { kind: 'pollAnswer', epoch: epoch(1), round, ...answer, ...changes });
  }

  /** All others answer with these storages, support this node and follow it. */
  agree(storageOf: (name: string) => string = (name) => name): void {
    for (const url of this.#dials.splice(0)) {
      const name = new URL(url).hostname;
      this.reached(name, { storageId: storageId(storageOf(name)) });
    }
    for (const { stream, message } of this.#sends.splice(0)) this.#reply(Number(stream), message);
  }

  #reply(stream: number, message: PeerMessage): void {
    const { epoch: of } = message;
    const point = { number: batchNumber(1), offset: offset(0) };
    if (message.kind === 'poll') this.answerPoll(stream, message.round);
    else if (message.kind === 'requestPromise') this.say(stream, { kind: 'promise', epoch: of, tip: firstTip, clusterId: cluster });
    else if (message.kind === 'lead') {
      const shape = { starts: [{ epoch: epoch(1), number: batchNumber(0), offset: offset(0) }], end: point };
      this.say(stream, { kind: 'following', epoch: of, shape });
    } else if (message.kind === 'match') this.say(stream, { kind: 'acknowledge', epoch: of, tip: firstTip, durableEnd: offset(0) });
    else if (message.kind === 'heartbeat') {
      const wallClock = timestampMs(this.#now);
      this.say(stream, { kind: 'heartbeatAnswer', epoch: of, sequence: message.sequence, canStore: true, wallClock });
    }
  }

  #carryOut({ logEvents, sends, dials, save, logWork }: Ready): void {
    this.events.push(...logEvents);
    this.#sends.push(...sends);
    this.#dials.push(...dials);
    if (save !== undefined) this.replica.step({ kind: 'stateSaved', version: save.version });
    for (const work of logWork) {
      if (work.kind !== 'write' || !this.doesDiskAnswer) continue;
      const end = batchNumber(work.draft.number + 1);
      this.replica.step({ kind: 'written', end });
      this.replica.step({ kind: 'flushed', end });
    }
  }
}

function hello(name: string): Hello {
  return {
    kind: 'hello',
    epoch: epoch(1),
    id: nodeId(name),
    storageId: storageId(name),
    incarnation: incarnation(`${name}#1`),
    url: `http://${name}:1`,
    clusterId: cluster,
    hasMessages: false,
    memberIds: [],
    delayMs: 0,
    wallClock: timestampMs(1),
    features: ['hand-over', 'elections'],
    priority: 1,
  };
}
