/** What goes between the client and the leader, as dots: requests from 0 (client) to 1, answers from 1 back to 0. */

import { requestMs } from './picture-times.ts';

/** Requests within this time share a dot, and so do answers. */
const sharingMs = 90;

class Lane {
  readonly places: number[] = [];
  #lastAt = Number.NEGATIVE_INFINITY;

  begin(at: number): void {
    if (at - this.#lastAt < sharingMs) return;
    this.#lastAt = at;
    this.places.push(0);
  }

  advance(passedMs: number): void {
    for (const [index, place] of this.places.entries()) this.places[index] = place + passedMs / requestMs;
    while (this.places[0] !== undefined && this.places[0] >= 1) this.places.shift();
  }
}

export class ClientLink {
  readonly #requests = new Lane();
  readonly #answers = new Lane();

  asks(at: number): void {
    this.#requests.begin(at);
  }

  isAnswered(at: number): void {
    this.#answers.begin(at);
  }

  advance(passedMs: number): void {
    this.#requests.advance(passedMs);
    this.#answers.advance(passedMs);
  }

  get requests(): readonly number[] {
    return this.#requests.places;
  }

  /** Where they are on the way from the client to the leader, too. */
  get answers(): readonly number[] {
    return this.#answers.places.map((place) => 1 - place);
  }

  get isMoving(): boolean {
    return this.#requests.places.length > 0 || this.#answers.places.length > 0;
  }
}
