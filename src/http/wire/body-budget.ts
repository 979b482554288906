/**
 * What the bodies of requests may hold together, be they whole or not, until their messages wait to be appended or are
 * passed on: with those, as much as waiting appends may. Who would go beyond it is refused before more is kept.
 *
 * The last quarter is for small bodies: whoever holds back the ends of large ones leaves room for everybody else.
 */

import { LogError } from '../../api/problems.ts';

const smallBytes = 64 * 1024;

export interface BodyLimits {
  /** Of one. */
  readonly bodyBytesMax: number;
  /** Of all, together with what is held elsewhere. */
  readonly bytesMax: number;
  /** What appends hold that wait, here or for the leader. */
  readonly heldElsewhere: () => number;
}

export class BodyBudget {
  readonly #limits: BodyLimits;
  #bytes = 0;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  /** What is held now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @param declaredBytes - how long it says that it is. @throws LogError if that is too much */
  begin(declaredBytes: number | undefined): Body {
    const body = new Body({ check: (bytes, added) => this.#check(bytes, added), held: (bytes) => (this.#bytes += bytes) });
    if (declaredBytes !== undefined) this.#check(declaredBytes, declaredBytes);
    return body;
  }

  /** @param bytes - of one body @param added - those of them that are not held yet */
  #check(bytes: number, added: number): void {
    const { bodyBytesMax, bytesMax, heldElsewhere } = this.#limits;
    if (bytes > bodyBytesMax) {
      throw new LogError('body-too-large', `the body is larger than BODY_BYTES_MAX, ${bodyBytesMax} bytes`, { bytesMax: bodyBytesMax });
    }
    const held = this.#bytes + heldElsewhere();
    // Alone, a body that may be sent at all is taken.
    if (held > 0 && held + added > (bytes > smallBytes ? bytesMax * 0.75 : bytesMax)) {
      throw new LogError('overloaded', `appends and request bodies in progress hold ${held} bytes already`);
    }
  }
}

interface BodyKeeper {
  readonly check: (bytes: number, added: number) => void;
  readonly held: (bytes: number) => void;
}

/** The body of one request, as far as it came. */
export class Body {
  readonly #keeper: BodyKeeper;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #isOver = false;

  constructor(keeper: BodyKeeper) {
    this.#keeper = keeper;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** @throws LogError if that is too much, once; what comes after it is dropped */
  add(chunk: Buffer): void {
    if (this.#isOver) return;
    try {
      this.#keeper.check(this.#bytes + chunk.length, chunk.length);
    } catch (error) {
      this.release();
      throw error;
    }
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.#keeper.held(chunk.length);
  }

  /** All of it; still counted. `undefined` if it was refused, or let go. */
  whole(): Buffer | undefined {
    if (this.#isOver) return undefined;
    const [only] = this.#chunks;
    return only !== undefined && this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks, this.#bytes);
  }

  /** It is held no more. */
  release(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#keeper.held(-this.#bytes);
    this.#chunks = [];
  }
}
