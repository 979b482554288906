/** What goes between the client and the leader, as dots: requests from 0 (client) to 1, answers from 1 back to 0. */

import { requestMs } from './picture-times.ts';

/** A dot that has gone so far takes nothing more: until then requests share it, and so do answers. */
const sharingPlace = 90 / requestMs;

class Lane {
  readonly places: number[] = [];

  begin(): void {
    const last = this.places.at(-1);
    if (last === undefined || last >= sharingPlace) this.places.push(0);
  }

  advance(passedMs: number): void {
    for (const [index, place] of this.places.entries()) this.places[index] = place + passedMs / requestMs;
    while (this.places[0] !== undefined && this.places[0] >= 1) this.places.shift();
  }
}

export class ClientLink {
  readonly #requests = new Lane();
  readonly #answers = new Lane();

  asks(): void {
    this.#requests.begin();
  }

  isAnswered(): void {
    this.#answers.begin();
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
