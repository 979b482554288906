/**
 * Draws the dots of all streams, and those between the client and the leader, at the time that the picture shows. It asks
 * for animation frames only while one of them moves, or while the picture is behind.
 */

import type { ActivityEvent, Frame } from '../../api/activity.ts';
import { ClientLink } from './client-link.ts';
import { dotRadius, shortCount, Stream } from './flights.ts';
import { lengthOf, pointOn } from './layout.ts';
import type { Curve } from './layout.ts';
import type { PictureClock } from './picture-clock.ts';
import { frameDelayMs, requestMs, returnMs, travelMs } from './picture-times.ts';

interface StreamPlan {
  readonly id: string;
  /** Of its colour. */
  readonly slot: number;
  readonly curve: Curve;
  readonly isOpen: boolean;
  /** One past the last entry that the follower holds, and that the leader has. */
  readonly heldEnd: number;
  readonly placedEnd: number;
}

export interface PicturePlan {
  readonly leaderId: string | undefined;
  readonly streams: readonly StreamPlan[];
  /** From the client to the leader. */
  readonly clientCurve: Curve | undefined;
}

const dotsMax = 60;
/** In pixels, from one that waits to the next. */
const dotGap = 27;
/** A picture that is far behind skips the oldest. */
const queueMax = 20_000;
const svg = 'http://www.w3.org/2000/svg';

interface Dot {
  readonly group: SVGGElement;
  readonly circle: SVGCircleElement;
  readonly text: SVGTextElement;
}

/** Something to be shown, and when, by the picture's time. */
interface Due {
  readonly at: number;
  readonly leaderId: string;
  readonly moment: ActivityEvent | { readonly kind: 'asked' };
}

export class FlightLayer {
  readonly #place: SVGGElement;
  readonly #clock: PictureClock;
  readonly #dots: Dot[] = [];
  readonly #streams = new Map<string, Stream>();
  readonly #client = new ClientLink();
  /** In the order of their times. */
  #queue: Due[] = [];
  #plan: PicturePlan = { leaderId: undefined, streams: [], clientCurve: undefined };
  #frame: number | undefined;
  /** By the picture's time. */
  #drawnAt = 0;

  constructor(place: SVGGElement, clock: PictureClock) {
    this.#place = place;
    this.#clock = clock;
  }

  /** Streams that are new begin with what is known; those of another leader are forgotten. */
  plan(plan: PicturePlan): void {
    if (plan.leaderId !== this.#plan.leaderId) this.#streams.clear();
    this.#plan = plan;
    const { streams } = plan;
    for (const id of this.#streams.keys()) if (!streams.some((each) => each.id === id)) this.#streams.delete(id);
    for (const { id, heldEnd, placedEnd, isOpen, curve } of streams) {
      const stream = this.#streams.get(id) ?? new Stream({ heldEnd, placedEnd });
      const room = Math.max(1, lengthOf(curve) / dotGap);
      stream.queueGap = 1 / room;
      stream.dotsMax = Math.max(2, Math.min(Math.floor(room), Math.floor(dotsMax / streams.length) - 2));
      stream.isOpen = isOpen;
      this.#streams.set(id, stream);
    }
    this.wake();
  }

  takeFrame(nodeId: string, { at: frameAt, moments }: Frame): void {
    if (nodeId !== this.#plan.leaderId || moments.length === 0) return;
    const shift = performance.now() + frameDelayMs - frameAt;
    for (const moment of moments) {
      const at = moment.at + shift;
      // First the request goes to the leader, and last the answer comes back, when the acknowledgements are home.
      if (moment.kind === 'placed' && moment.end > moment.start) this.#queue.push({ at, leaderId: nodeId, moment: { kind: 'asked' } });
      const isHomeMs = moment.kind === 'answered' && moment.acks > 1 ? travelMs + returnMs : 0;
      this.#queue.push({ at: at + requestMs + isHomeMs, leaderId: nodeId, moment });
    }
    this.#queue.sort((a, b) => a.at - b.at);
    if (this.#queue.length > queueMax) this.#queue = this.#queue.slice(-queueMax / 2);
    this.wake();
  }

  stop(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    this.#place.replaceChildren();
    this.#dots.length = 0;
  }

  /** Something is new, or the pace of the picture has changed. */
  wake(): void {
    if (this.#frame !== undefined) return;
    this.#drawnAt = this.#clock.shownAt(performance.now());
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    const now = this.#clock.shownAt(performance.now());
    // A page that was hidden does not make up for it all at once.
    const passedMs = Math.min(100, Math.max(0, now - this.#drawnAt));
    this.#drawnAt = now;
    this.#takeDue(now);
    const { streams, clientCurve } = this.#plan;
    let used = 0;
    let isMoving = false;
    for (const { id, slot, curve } of streams) {
      const stream = this.#streams.get(id);
      if (stream === undefined) continue;
      stream.advance(now, passedMs);
      isMoving ||= stream.isMoving;
      for (const { place } of stream.returns) this.#show(used++, { slot, curve, place, entryCount: 0 });
      for (const { place, start, end, bornAt } of stream.flights) {
        if (now >= bornAt) this.#show(used++, { slot, curve, place, entryCount: end - start });
      }
    }
    this.#client.advance(passedMs);
    if (clientCurve !== undefined) {
      for (const place of this.#client.requests) this.#show(used++, { slot: undefined, curve: clientCurve, place, entryCount: 1 });
      for (const place of this.#client.answers) this.#show(used++, { slot: undefined, curve: clientCurve, place, entryCount: 0 });
    }
    for (const { group } of this.#dots.slice(used)) group.setAttribute('visibility', 'hidden');
    const isOver = !isMoving && !this.#client.isMoving && this.#queue.length === 0;
    this.#frame = isOver || this.#clock.isPaused ? undefined : requestAnimationFrame(() => this.#draw());
  }

  #takeDue(now: number): void {
    const end = this.#queue.findIndex(({ at }) => at > now);
    for (const { at, leaderId, moment } of this.#queue.splice(0, end === -1 ? this.#queue.length : end)) {
      if (leaderId !== this.#plan.leaderId) continue;
      switch (moment.kind) {
        case 'asked':
          this.#client.asks();
          break;
        case 'placed':
          for (const stream of this.#streams.values()) stream.placed(moment.start, moment.end, at);
          break;
        case 'held':
          this.#streams.get(moment.node)?.held(moment.end, at);
          break;
        case 'answered':
          this.#client.isAnswered();
          break;
        case 'committed':
          break;
      }
    }
  }

  /** @param slot - of a node; what goes between the client and the leader has none. @param entryCount - 0 for what comes back */
  #show(
    index: number,
    { slot, curve, place, entryCount }: { slot: number | undefined; curve: Curve; place: number; entryCount: number },
  ): void {
    const { group, circle, text } = this.#dots[index] ?? this.#newDot();
    const { x, y } = pointOn(curve, place);
    const isReturn = entryCount === 0;
    group.setAttribute('visibility', 'visible');
    group.setAttribute('transform', `translate(${x.toFixed(1)} ${(isReturn ? y - 7 : y).toFixed(1)})`);
    if (slot === undefined) delete group.dataset['node'];
    else group.dataset['node'] = String(slot);
    group.classList.toggle('return', isReturn);
    circle.setAttribute('r', (isReturn ? 3 : dotRadius(entryCount)).toFixed(1));
    const label = entryCount > 1 ? shortCount(entryCount) : '';
    if (text.textContent !== label) text.textContent = label;
  }

  #newDot(): Dot {
    const group = document.createElementNS(svg, 'g');
    const circle = document.createElementNS(svg, 'circle');
    const text = document.createElementNS(svg, 'text');
    text.setAttribute('text-anchor', 'middle');
    text.setAttribute('dy', '0.36em');
    group.classList.add('dot');
    group.append(circle, text);
    this.#place.append(group);
    const dot = { group, circle, text };
    this.#dots.push(dot);
    return dot;
  }
}
