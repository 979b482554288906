/** Draws the dots of all streams. It asks for animation frames only while one of them moves. */

import { dotRadius, shortCount, Stream } from './flights.ts';
import { lengthOf, pointOn } from './layout.ts';
import type { Curve } from './layout.ts';
import type { Frame } from '../../api/activity.ts';

export interface StreamPlan {
  readonly id: string;
  /** Of its colour. */
  readonly slot: number;
  readonly curve: Curve;
  readonly isOpen: boolean;
  /** One past the last entry that the follower holds, and that the leader has. */
  readonly heldEnd: number;
  readonly placedEnd: number;
}

const dotsMax = 60;
/** In pixels, from one that waits to the next. */
const dotGap = 27;
/** Frames come ten times a second: what they tell is shown so much later, evenly. */
const delayMs = 100;
const svg = 'http://www.w3.org/2000/svg';

interface Dot {
  readonly group: SVGGElement;
  readonly circle: SVGCircleElement;
  readonly text: SVGTextElement;
}

export class FlightLayer {
  readonly #place: SVGGElement;
  readonly #dots: Dot[] = [];
  readonly #streams = new Map<string, Stream>();
  #plans: readonly StreamPlan[] = [];
  #leaderId: string | undefined;
  #frame: number | undefined;
  #drawnAt = 0;

  constructor(place: SVGGElement) {
    this.#place = place;
  }

  /** Streams that are new begin with what is known; those of another leader are forgotten. */
  plan(leaderId: string | undefined, plans: readonly StreamPlan[]): void {
    if (leaderId !== this.#leaderId) this.#streams.clear();
    this.#leaderId = leaderId;
    this.#plans = plans;
    for (const id of this.#streams.keys()) if (!plans.some((plan) => plan.id === id)) this.#streams.delete(id);
    for (const { id, heldEnd, placedEnd, isOpen, curve } of plans) {
      const stream = this.#streams.get(id) ?? new Stream({ heldEnd, placedEnd });
      const room = Math.max(1, lengthOf(curve) / dotGap);
      stream.queueGap = 1 / room;
      stream.dotsMax = Math.max(2, Math.min(Math.floor(room), Math.floor(dotsMax / plans.length) - 2));
      stream.isOpen = isOpen;
      this.#streams.set(id, stream);
    }
    this.#wake();
  }

  takeFrame(nodeId: string, { at: frameAt, moments }: Frame): void {
    if (nodeId !== this.#leaderId) return;
    const shift = performance.now() + delayMs - frameAt;
    for (const moment of moments) {
      const at = moment.at + shift;
      if (moment.kind === 'placed') for (const stream of this.#streams.values()) stream.placed(moment.start, moment.end, at);
      else if (moment.kind === 'held') this.#streams.get(moment.node)?.held(moment.end, at);
    }
    this.#wake();
  }

  stop(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    this.#place.replaceChildren();
    this.#dots.length = 0;
  }

  #wake(): void {
    if (this.#frame !== undefined) return;
    this.#drawnAt = performance.now();
    this.#frame = requestAnimationFrame((now) => this.#draw(now));
  }

  #draw(now: number): void {
    // A page that was hidden does not make up for it all at once.
    const passedMs = Math.min(100, Math.max(0, now - this.#drawnAt));
    this.#drawnAt = now;
    let used = 0;
    let isMoving = false;
    for (const { id, slot, curve } of this.#plans) {
      const stream = this.#streams.get(id);
      if (stream === undefined) continue;
      stream.advance(now, passedMs);
      isMoving ||= stream.isMoving;
      for (const { place } of stream.returns) this.#show(used++, { slot, curve, place, entryCount: 0 });
      for (const { place, start, end, bornAt } of stream.flights) {
        if (now >= bornAt) this.#show(used++, { slot, curve, place, entryCount: end - start });
      }
    }
    for (const { group } of this.#dots.slice(used)) group.setAttribute('visibility', 'hidden');
    this.#frame = isMoving ? requestAnimationFrame((next) => this.#draw(next)) : undefined;
  }

  /** @param entryCount - 0 for an acknowledgement */
  #show(index: number, { slot, curve, place, entryCount }: { slot: number; curve: Curve; place: number; entryCount: number }): void {
    const { group, circle, text } = this.#dots[index] ?? this.#newDot();
    const { x, y } = pointOn(curve, place);
    const isReturn = entryCount === 0;
    group.setAttribute('visibility', 'visible');
    group.setAttribute('transform', `translate(${x.toFixed(1)} ${(isReturn ? y - 7 : y).toFixed(1)})`);
    group.dataset['node'] = String(slot);
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
