/**
 * Streams what a node does, for a page that shows it: frames with what happened to entries, the node's health and its
 * log events, and once a second a sample of its appends. Samples and the latest log events are also kept for later
 * listeners.
 *
 * While nobody listens, nothing else is recorded: a few numbers per append.
 */

import type { Socket } from 'node:net';
import { sampleIntervalMs } from '../../api/activity.ts';
import type { NodeEvent, Sample } from '../../api/activity.ts';
import type { ReplicaStatus } from '../../core/status.ts';
import type { Driver } from '../../driver/driver.ts';
import type { AnsweredAppend, DriverObserver } from '../../driver/observer.ts';
import { EventBody } from '../wire/event-body.ts';
import { eventText } from '../wire/event-stream.ts';
import { healthJson } from '../wire/health-json.ts';
import type { HealthFacts } from '../wire/health-json.ts';
import { ListenerLimit } from '../wire/listener-limit.ts';
import { ActivityBuffer } from '../../observe/activity-buffer.ts';
import { RecentEvents } from '../../observe/recent-events.ts';
import { Samples } from '../../observe/samples.ts';

/** Every listener gets every frame. */
const listenersMax = 100;
const frameIntervalMs = 100;
/** Frames that may be skipped in a row while nothing happens, so that at least one is sent per second. */
const quietFramesMax = 8;

export interface ActivityParts {
  /** Name of this node. */
  readonly id: string;
  readonly status: () => ReplicaStatus;
  readonly healthFacts: () => HealthFacts;
  readonly committedEnd: () => number;
  /** Calls back whenever an end of the log has changed. */
  readonly watchEnds: Driver['watchEnds'];
}

interface ActivityListener {
  readonly body: EventBody;
  /** The health that this listener got last, as JSON. */
  health: string | undefined;
}

interface FrameParts {
  readonly at: number;
  /** JSON text. */
  readonly moments: string;
  readonly events: readonly NodeEvent[];
}

export class ActivityFeed {
  readonly #parts: ActivityParts;
  readonly #samples = new Samples();
  readonly #moments = new ActivityBuffer();
  readonly #recentEvents = new RecentEvents();
  /** Log events since the last frame. */
  #newEvents: NodeEvent[] = [];
  readonly #listeners = new Set<ActivityListener>();
  /** How far the moments so far say that each node holds the log, and that it is committed. */
  readonly #heldEnds = new Map<string, number>();
  #committedEnd = 0;
  #health = '';
  #quietFrames = 0;
  /** Set while there are listeners: stops watching the node. */
  #unwatch: (() => void) | undefined;
  #sampling: NodeJS.Timeout | undefined;

  readonly limit = new ListenerLimit({
    listenersMax,
    listenerCount: () => this.#listeners.size,
    isFull: 'clients listen to the activity of this node already',
  });

  readonly observer: DriverObserver = {
    logged: (logEvent) => this.#noteEvent(logEvent),
    placed: ({ batch: { baseOffset: start, entryCount } }) => {
      if (this.#isHeard) this.#moments.add({ at: now(), kind: 'placed', start, end: start + entryCount });
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

  /** The samples of the last fifteen minutes, oldest first. */
  get samples(): Sample[] {
    return this.#samples.all();
  }

  /** The last log events, oldest first. */
  get events(): readonly NodeEvent[] {
    return this.#recentEvents.all();
  }

  /** Starts taking samples. */
  start(): void {
    this.#noteEvent({ level: 'info', event: 'node.started', facts: {} });
    this.#takeSamples();
  }

  #takeSamples(): void {
    this.#sampling = setTimeout(() => {
      this.#takeSample();
      this.#takeSamples();
    }, untilNextSampleMs(now())).unref();
  }

  /** Sends to this client from now on, until its connection closes. */
  listen(socket: Socket, path: string): EventBody {
    const body = new EventBody(socket, path);
    const listener: ActivityListener = { body, health: undefined };
    if (this.limit.isStopped) {
      body.end(this.limit.stopping);
      return body;
    }
    this.#listeners.add(listener);
    this.#unwatch ??= this.#watch();
    socket.once('close', () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stopWatching();
    });
    this.#readHealth();
    this.#tell(listener, { at: now(), moments: '[]', events: [] });
    return body;
  }

  /** Sends every listener its last event. */
  stop(): void {
    this.limit.stop();
    clearTimeout(this.#sampling);
    this.#stopWatching();
    for (const { body } of this.#listeners) body.end(this.limit.stopping);
    this.#listeners.clear();
  }

  /** @returns to be called when the last listener has gone */
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
    this.#moments.take();
    this.#newEvents = [];
    this.#heldEnds.clear();
  }

  #noteEvent(logEvent: Parameters<DriverObserver['logged']>[0]): void {
    const event = this.#recentEvents.add(now(), logEvent);
    if (this.#isHeard) this.#newEvents.push(event);
  }

  #noteHeld(node: string, end: number): void {
    // A batch without entries, like the marker of an epoch, leaves the end where it was.
    if (this.#heldEnds.get(node) === end) return;
    this.#heldEnds.set(node, end);
    this.#moments.add({ at: now(), kind: 'held', node, end });
  }

  #noteAnswer({ offset, at: answeredAt, ms, acks, w, code }: AnsweredAppend): void {
    // `at` is the time of the answer, not of this report: readers take `at - ms` for the time at which the append
    // arrived.
    const at = since1970(answeredAt);
    // The commit happened before the answer, so it is reported first.
    this.#noteCommitted(at);
    this.#moments.add({ at, kind: 'answered', offset: offset ?? null, ms: rounded(ms), acks, w, code: code ?? null });
  }

  #noteCommitted(at: number = now()): void {
    const end = this.#parts.committedEnd();
    if (end <= this.#committedEnd) return;
    this.#committedEnd = end;
    this.#moments.add({ at, kind: 'committed', end });
  }

  #readHealth(): void {
    this.#health = JSON.stringify(healthJson(this.#parts.status(), this.#parts.healthFacts()));
  }

  /** Sends what happened since the last frame, if anything did. */
  #frame(): void {
    this.#readHealth();
    const moments = this.#moments.take();
    const events = this.#newEvents;
    this.#newEvents = [];
    const isNews = moments.length > 0 || events.length > 0 || [...this.#listeners].some(({ health }) => health !== this.#health);
    if (!isNews && this.#quietFrames < quietFramesMax) {
      this.#quietFrames += 1;
      return;
    }
    this.#quietFrames = 0;
    const frame = { at: now(), moments: JSON.stringify(moments), events };
    for (const listener of this.#listeners) this.#tell(listener, frame);
  }

  #tell(listener: ActivityListener, { at, moments, events }: FrameParts): void {
    const health = listener.health === this.#health ? '' : `"health":${this.#health},`;
    listener.health = this.#health;
    const said = events.length === 0 ? '' : `,"events":${JSON.stringify(events)}`;
    listener.body.write(eventText('frame', `{"at":${at},${health}"moments":${moments}${said}}`));
  }

  #takeSample(): void {
    const sample = this.#samples.take(now(), this.#parts.status());
    if (!this.#isHeard) return;
    const bytes = Buffer.from(eventText('sample', JSON.stringify(sample)));
    for (const { body } of this.#listeners) body.write(bytes);
  }
}

/** The time in ms since 1970, by the monotonic clock. */
function now(): number {
  return since1970(performance.now());
}

/** Converts an instant of this process to ms since 1970. */
function since1970(at: number): number {
  return rounded(performance.timeOrigin + at);
}

/** Rounds to a microsecond. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

/** Samples are taken at whole seconds, so that those of several nodes line up. A timer may fire a little early. */
function untilNextSampleMs(at: number): number {
  const half = sampleIntervalMs / 2;
  return sampleIntervalMs + half - ((at + half) % sampleIntervalMs);
}
