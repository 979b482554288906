/**
 * What a node does, for a page that shows it: frames with what happened to entries and how the node is, and every second
 * a sample of its appends, which is kept for those who come later.
 *
 * While nobody listens nothing is noted but what a sample needs: a few numbers per append.
 */

import type { Socket } from 'node:net';
import { sampleIntervalMs } from '../../api/activity.ts';
import type { Sample } from '../../api/activity.ts';
import type { ReplicaStatus } from '../../core/status.ts';
import type { Driver } from '../../driver/driver.ts';
import type { AnsweredAppend, DriverObserver } from '../../driver/observer.ts';
import { EventBody } from '../wire/event-body.ts';
import { eventText } from '../wire/event-stream.ts';
import { healthJson } from '../wire/health-json.ts';
import { ListenerLimit } from '../wire/listener-limit.ts';
import { ActivityBuffer } from '../../observe/activity-buffer.ts';
import { Samples } from '../../observe/samples.ts';

/** Each is told of every change. */
const listenersMax = 100;
const frameIntervalMs = 100;
/** Frames that may be left out, one after the other, while nothing happens: there is one a second at least. */
const quietFramesMax = 8;

export interface ActivityParts {
  /** Of this node. */
  readonly id: string;
  readonly status: () => ReplicaStatus;
  /** A date. */
  readonly leaderSince: () => string | null;
  readonly committedEnd: () => number;
  /** Tells whenever the ends are others than before. */
  readonly watchEnds: Driver['watchEnds'];
}

interface ActivityListener {
  readonly body: EventBody;
  /** The health that it was told last. */
  health: string | undefined;
}

export class ActivityFeed {
  readonly #parts: ActivityParts;
  readonly #samples = new Samples();
  readonly #events = new ActivityBuffer();
  readonly #listeners = new Set<ActivityListener>();
  /** How far each node was said to hold the log, and how far it was said to be committed. */
  readonly #heldEnds = new Map<string, number>();
  #committedEnd = 0;
  #health = '';
  #quietFrames = 0;
  /** Ends the watching that goes on while somebody listens. */
  #unwatch: (() => void) | undefined;
  #sampling: NodeJS.Timeout | undefined;

  /** Who may come. */
  readonly limit = new ListenerLimit({
    listenersMax,
    listenerCount: () => this.#listeners.size,
    isFull: 'listen to the activity of this node already',
  });

  readonly observer: DriverObserver = {
    logged: () => undefined,
    placed: ({ batch: { baseOffset: start, entryCount } }) => {
      if (this.#isHeard) this.#events.add({ at: now(), kind: 'placed', start, end: start + entryCount });
    },
    flushed: ({ end }) => {
      if (this.#isHeard) this.#noteHeld(this.#parts.id, end);
    },
    acknowledged: ({ follower, end }) => {
      if (this.#isHeard) this.#noteHeld(follower, end);
    },
    answered: (answer) => {
      this.#samples.answered(answer);
      if (this.#isHeard) this.#noteAnswer(answer);
    },
  };

  constructor(parts: ActivityParts) {
    this.#parts = parts;
  }

  get #isHeard(): boolean {
    return this.#unwatch !== undefined;
  }

  /** Of the last fifteen minutes, oldest first. */
  get samples(): Sample[] {
    return this.#samples.all();
  }

  /** Begins to take samples. */
  start(): void {
    this.#sampling = setTimeout(() => {
      this.#takeSample();
      this.start();
    }, untilNextSampleMs(now())).unref();
  }

  /** From now on until its connection is over. */
  listen(socket: Socket, path: string): void {
    const listener: ActivityListener = { body: new EventBody(socket, path), health: undefined };
    if (this.limit.isStopped) {
      listener.body.end(this.limit.stopping);
      return;
    }
    this.#listeners.add(listener);
    this.#unwatch ??= this.#watch();
    socket.once('close', () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stopWatching();
    });
    this.#readHealth();
    this.#tell(listener, { at: now(), moments: '[]' });
  }

  /** The last event for everybody. */
  stop(): void {
    this.limit.stop();
    clearTimeout(this.#sampling);
    this.#stopWatching();
    for (const { body } of this.#listeners) body.end(this.limit.stopping);
    this.#listeners.clear();
  }

  /** @returns to be called when nobody listens any more */
  #watch(): () => void {
    this.#committedEnd = this.#parts.committedEnd();
    const timer = setInterval(() => this.#frame(), frameIntervalMs).unref();
    const unwatch = this.#parts.watchEnds(() => this.#noteCommitted());
    return () => {
      clearInterval(timer);
      unwatch();
    };
  }

  #stopWatching(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#events.take();
    this.#heldEnds.clear();
  }

  #noteHeld(node: string, end: number): void {
    // Batches without entries, as a marker of an epoch, say nothing new.
    if (this.#heldEnds.get(node) === end) return;
    this.#heldEnds.set(node, end);
    this.#events.add({ at: now(), kind: 'held', node, end });
  }

  #noteAnswer({ offset, ms, acks, w, code }: AnsweredAppend): void {
    // What it was committed by is told before it, as it happened.
    this.#noteCommitted();
    this.#events.add({ at: now(), kind: 'answered', offset: offset ?? null, ms: rounded(ms), acks, w, code: code ?? null });
  }

  #noteCommitted(): void {
    const end = this.#parts.committedEnd();
    if (end <= this.#committedEnd) return;
    this.#committedEnd = end;
    this.#events.add({ at: now(), kind: 'committed', end });
  }

  #readHealth(): void {
    this.#health = JSON.stringify(healthJson(this.#parts.status(), this.#parts.leaderSince()));
  }

  /** What happened since the last one, if anything did. */
  #frame(): void {
    this.#readHealth();
    const moments = this.#events.take();
    const isNews = moments.length > 0 || [...this.#listeners].some(({ health }) => health !== this.#health);
    if (!isNews && this.#quietFrames < quietFramesMax) {
      this.#quietFrames += 1;
      return;
    }
    this.#quietFrames = 0;
    const frame = { at: now(), moments: JSON.stringify(moments) };
    for (const listener of this.#listeners) this.#tell(listener, frame);
  }

  #tell(listener: ActivityListener, { at, moments }: { readonly at: number; readonly moments: string }): void {
    const health = listener.health === this.#health ? '' : `"health":${this.#health},`;
    listener.health = this.#health;
    listener.body.write(eventText('frame', `{"at":${at},${health}"moments":${moments}}`));
  }

  #takeSample(): void {
    const sample = this.#samples.take(now(), this.#parts.status());
    if (!this.#isHeard) return;
    const bytes = Buffer.from(eventText('sample', JSON.stringify(sample)));
    for (const { body } of this.#listeners) body.write(bytes);
  }
}

/** In ms since 1970, from the monotonic clock. */
function now(): number {
  return rounded(performance.timeOrigin + performance.now());
}

/** To a microsecond. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

/** Samples are taken at whole seconds, so that those of several nodes lie beside each other; a timer may be a little early. */
function untilNextSampleMs(at: number): number {
  const half = sampleIntervalMs / 2;
  return sampleIntervalMs + half - ((at + half) % sampleIntervalMs);
}
