/**
 * The loop of a driver: an event goes to the core, and the decisions of the core are carried out until there are none left.
 * What arrives in one turn is decided on together.
 */

import type { Ready, ReplicaEvent } from '../core/model/events.ts';
import type { Replica } from '../core/replica.ts';
import type { Watchers } from './ends.ts';
import type { Feeder } from './feeder.ts';
import type { LogWorker } from './log-worker.ts';
import type { DriverObserver } from './observer.ts';
import type { PeerLinks } from './peer-links.ts';
import type { Requests } from './requests.ts';
import type { SideWorker } from './side-worker.ts';
import type { Clock } from '../ports/ports.ts';
import type { LogStore } from '../storage/log-store.ts';

export interface LoopParts {
  readonly replica: Replica;
  readonly store: LogStore;
  readonly clock: Clock;
  readonly observer: DriverObserver;
  readonly requests: Requests;
  readonly log: LogWorker;
  readonly side: SideWorker;
  readonly links: PeerLinks;
  readonly feeder: Feeder;
  readonly watchers: Watchers;
  readonly fail: (error: unknown) => void;
  readonly isStopped: () => boolean;
}

export class Loop {
  readonly #parts: LoopParts;
  #isTurnScheduled = false;

  constructor(parts: LoopParts) {
    this.#parts = parts;
  }

  /** Passes an event to the core. Its decisions are carried out soon, together with those on the other events of this turn. */
  step(event: ReplicaEvent): void {
    if (!this.#decide(event) || this.#isTurnScheduled) return;
    this.#isTurnScheduled = true;
    this.#parts.clock.soon(() => {
      this.#isTurnScheduled = false;
      this.turn();
    });
  }

  /** Passes the result of work on the log to the core. */
  worked(event: ReplicaEvent): void {
    // Decisions made so far may continue the batch that is refused: the log worker must get them before the core hears of it.
    if (event.kind === 'writeRefused') this.turn();
    // Batches that may now go to the followers are sent at once, while the flush is running.
    if (event.kind !== 'written') this.step(event);
    else if (this.#decide(event)) this.turn();
    // Readers of the log hear of the cut before they can read on.
    if (event.kind === 'logCut' || event.kind === 'checkpointInstalled') this.#parts.watchers.check();
  }

  /** Carries out decisions until there are none left. */
  turn(): void {
    const { replica, watchers, fail, isStopped } = this.#parts;
    if (isStopped()) return;
    try {
      for (let ready = replica.takeReady(); ready !== undefined; ready = replica.takeReady()) this.#carryOut(ready);
    } catch (error) {
      fail(error);
    }
    watchers.check();
  }

  /** @returns whether there may be decisions to carry out */
  #decide(event: ReplicaEvent): boolean {
    const { clock, replica, fail, isStopped } = this.#parts;
    if (isStopped()) return false;
    try {
      if (event.kind !== 'ticked') replica.setTime(clock.now(), clock.wallClock());
      replica.step(event);
      return true;
    } catch (error) {
      fail(error);
      return false;
    }
  }

  #carryOut(ready: Ready): void {
    const { observer, requests, log, side, links, feeder } = this.#parts;
    for (const logEvent of ready.logEvents) observer.logged(logEvent);
    for (const acknowledgement of ready.acknowledgements) observer.acknowledged(acknowledgement);
    if (ready.save !== undefined) log.save(ready.save);
    if (ready.logWork.length > 0) log.add(ready.logWork.map((work) => (work.kind === 'write' ? requests.encode(work.draft) : work)));
    side.add(ready.sideWork);
    requests.letGo(ready.letGo);
    for (const { stream, message } of ready.sends) links.send(stream, message);
    for (const feed of ready.feeds) feeder.feed(feed);
    for (const feed of ready.checkpointFeeds) feeder.feedCheckpoint(feed);
    for (const reply of ready.replies) requests.answer(reply);
    for (const url of ready.dials) void links.dial(url);
    for (const stream of ready.closes) links.close(stream);
    if (ready.registerAt !== undefined) links.register(ready.registerAt);
    if (ready.roomWanted !== undefined) void this.#checkForRoom(ready.roomWanted);
    if (ready.isRoomMeasured) void this.#measureRoom();
  }

  async #measureRoom(): Promise<void> {
    const { store, fail } = this.#parts;
    try {
      this.step({ kind: 'roomMeasured', freeBytes: await store.freeBytes() });
    } catch (error) {
      fail(error);
    }
  }

  async #checkForRoom(bytes: number): Promise<void> {
    const { store, fail } = this.#parts;
    try {
      if (await store.hasRoomFor(bytes)) this.step({ kind: 'roomFound' });
    } catch (error) {
      fail(error);
    }
  }
}
