/**
 * One node of an interaction script: a real core, and around it what a driver would do, but only when the script says so. The
 * node passes what it sends to the cluster, and prints all that it decides.
 */

import { assert } from '../model/assert.ts';
import type { AppendRequest, Feed, NodeState, Ready, ReplicaEvent } from '../model/events.ts';
import type { PeerMessage } from '../model/messages.ts';
import type { ReplicaOptions } from '../node/context.ts';
import { batchNumber, incarnation, instantMs, nodeId, streamId, timestampMs, offset } from '../model/numbers.ts';
import type { RequestId, StreamId, TimestampMs } from '../model/numbers.ts';
import { Replica } from '../replica.ts';
import { replicaOptions, testIdempotency } from './replica-options.test-support.ts';
import { ScriptDisk } from './script-disk.test-support.ts';
import { logEventLine, readLine, replyLine, saveLine, sendLine, statusLine, workLine } from './script-lines.test-support.ts';

export interface NodeSetup {
  readonly name: string;
  /** Whether the coordinator offers it leadership at every start. */
  readonly isMaster: boolean;
  readonly secondaries: readonly string[];
  /** How many bytes may be in flight to one follower. */
  readonly windowBytes: number;
  /** How many of the newest batches can be sent without reading them from disk. */
  readonly recentBatches: number;
}

export type LineKind = 'decision' | 'note' | 'answer';

/** What a node needs from the world around it. */
export interface Surroundings {
  readonly print: (node: string, kind: LineKind, line: string) => void;
  readonly send: (stream: StreamId, from: string, message: PeerMessage) => void;
  readonly close: (stream: StreamId, from: string) => void;
}

export function urlOf(name: string): string {
  return `http://${name}:1`;
}

export class ScriptNode {
  readonly disk = new ScriptDisk();
  /** The names of the nodes that it dials and has not reached yet. */
  readonly dials = new Set<string>();
  readonly #setup: NodeSetup;
  readonly #around: Surroundings;
  #replica: Replica | undefined;
  /** Its monotonic clock, which no other node sees. */
  #nowMs = 0;
  #aheadMs = 0;
  #starts = 0;
  #drawn = 0;
  #streams = new Map<StreamId, string>();
  #nextStream = 1;
  #labels = new Map<RequestId, string>();
  #reads: Feed[] = [];
  #state: NodeState | undefined;

  constructor(setup: NodeSetup, around: Surroundings) {
    this.#setup = setup;
    this.#around = around;
  }

  get name(): string {
    return this.#setup.name;
  }

  get isUp(): boolean {
    return this.#replica !== undefined;
  }

  get isReadPending(): boolean {
    return this.#reads.length > 0 && !this.disk.isStalled;
  }

  start(): void {
    assert(!this.isUp, `${this.name} is down`);
    this.#starts += 1;
    const recovered = this.disk.recover(testIdempotency);
    this.#state = recovered.state;
    this.#replica = new Replica(this.#options(), recovered);
    if (this.#setup.isMaster) this.offerLeadership();
    else this.tick(0);
  }

  /** Only what its disk keeps is left of it. */
  crash(): void {
    this.disk.crash();
    this.#replica = undefined;
    this.dials.clear();
    this.#streams.clear();
    this.#reads = [];
  }

  tick(ms: number): void {
    this.#nowMs += ms;
    this.turn([{ kind: 'ticked', now: instantMs(this.#nowMs), wallClock: this.#wallClock }]);
  }

  offerLeadership(): void {
    this.turn([{ kind: 'leadershipOffered' }, { kind: 'ticked', now: instantMs(this.#nowMs), wallClock: this.#wallClock }]);
  }

  /** Requests the appends together, so that they go into one batch if possible. */
  append(appends: readonly { readonly label: string; readonly request: AppendRequest }[]): void {
    for (const { label, request } of appends) this.#labels.set(request.requestId, label);
    this.turn(appends.map(({ request }) => ({ kind: 'appendRequested', ...request })));
  }

  /** Requests a removal. The answer is printed with the name of the member. */
  remove(request: RequestId, member: string, timeoutMs: number): void {
    this.#labels.set(request, member);
    this.turn([{ kind: 'removalRequested', requestId: request, id: nodeId(member), timeoutMs }]);
  }

  /** Requests a trim. The answer is printed with this label. */
  trim(request: RequestId, before: number, timeoutMs: number): void {
    this.#labels.set(request, `trim ${before}`);
    this.turn([{ kind: 'trimRequested', requestId: request, before: offset(before), timeoutMs }]);
  }

  /** Sets its wall clock. Its monotonic clock goes on as before. */
  setClock(aheadMs: number): void {
    this.#aheadMs = aheadMs;
  }

  get #wallClock(): TimestampMs {
    return timestampMs(this.#nowMs + this.#aheadMs);
  }

  /** Does the pending reads for followers. */
  read(): void {
    const feeds = this.#reads;
    this.#reads = [];
    this.turn(feeds.flatMap((feed) => this.#feed(feed)));
  }

  /** Opens a stream to or from this node. @returns the number by which this node knows it */
  open(peer: string): StreamId {
    const id = streamId(this.#nextStream);
    this.#nextStream += 1;
    this.#streams.set(id, peer);
    return id;
  }

  /** Handles these events together, then carries out the decisions until there are none left. */
  turn(events: readonly ReplicaEvent[]): void {
    const replica = this.#running();
    for (const event of events) {
      replica.setTime(instantMs(this.#nowMs), this.#wallClock);
      replica.step(event);
    }
    for (let ready = replica.takeReady(); ready !== undefined; ready = replica.takeReady()) this.#carryOut(ready);
  }

  status(): string {
    return this.#replica === undefined ? `${this.name} down` : statusLine(this.#replica.status());
  }

  #carryOut(ready: Ready): void {
    for (const logEvent of ready.logEvents) this.#print(logEventLine(logEvent), 'note');
    if (ready.save !== undefined) {
      this.#print(saveLine(ready.save.state, this.#state));
      this.#state = ready.save.state;
      this.disk.keep(ready.save);
    }
    for (const work of ready.logWork) {
      this.#print(workLine(work));
      this.disk.push(work);
    }
    for (const { stream, message } of ready.sends) this.#send(stream, message);
    for (const feed of ready.feeds) this.#readOrFeed(feed);
    for (const reply of ready.replies) this.#print(replyLine(this.#labels.get(reply.requestId) ?? '', reply), 'answer');
    for (const url of ready.dials) {
      const peer = new URL(url).hostname;
      this.#print(`dial ${peer}`);
      this.dials.add(peer);
    }
    for (const stream of ready.closes) {
      this.#print(`close ${this.#peerOf(stream)}`);
      this.#around.close(stream, this.name);
    }
  }

  /** Like a driver, sends at once what is in memory. What is not waits for the disk. */
  #readOrFeed(feed: Feed): void {
    if (this.disk.isOutOfMemory(feed, this.#setup.recentBatches)) {
      this.#print(readLine(this.#peerOf(feed.stream), feed));
      this.#reads.push(feed);
    } else {
      const replica = this.#running();
      for (const event of this.#feed(feed)) replica.step(event);
    }
  }

  #feed(feed: Feed): ReplicaEvent[] {
    const batches = this.disk.read(feed);
    const last = batches.at(-1);
    if (last === undefined || !this.#streams.has(feed.stream)) return [];
    for (const batch of batches) this.#send(feed.stream, { kind: feed.as, epoch: feed.epoch, batch });
    const bytes = batches.reduce((sum, batch) => sum + batch.bytes.length, 0);
    const { stream, epoch, feedId } = feed;
    return [{ kind: 'fed', stream, epoch, feedId, end: batchNumber(last.number + 1), bytes }];
  }

  #send(stream: StreamId, message: PeerMessage): void {
    this.#print(sendLine(this.#peerOf(stream), message));
    this.#around.send(stream, this.name, message);
  }

  #print(text: string, kind: LineKind = 'decision'): void {
    this.#around.print(this.name, kind, text);
  }

  #peerOf(stream: StreamId): string {
    return this.#streams.get(stream) ?? '?';
  }

  #running(): Replica {
    assert(this.#replica !== undefined, `${this.name} is up`);
    return this.#replica;
  }

  #options(): ReplicaOptions {
    const { name, secondaries, windowBytes } = this.#setup;
    return replicaOptions({
      id: nodeId(name),
      incarnation: incarnation(`${name}#${this.#starts}`),
      url: urlOf(name),
      secondaries: secondaries.map(urlOf),
      windowBytes,
      drawId: () => `${name}/${(this.#drawn += 1)}`,
    });
  }
}
