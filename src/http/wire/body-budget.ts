/**
 * Bounds the memory of all request bodies, complete or not, until their messages wait to be appended or are forwarded.
 * It shares one budget with waiting appends. A body that would exceed it is refused before more of it is kept.
 *
 * The last quarter is for small bodies: clients that never complete their large bodies leave that much room for others.
 */

import { LogError } from '../../api/problems.ts';

const smallBytes = 64 * 1024;

export interface BodyLimits {
  /** Limit for one body. */
  readonly bodyBytesMax: number;
  /** Limit for all bodies, together with what is held elsewhere. */
  readonly bytesMax: number;
  /** Bytes of appends that wait, here or for the leader. */
  readonly heldElsewhere: () => number;
  /** @throws LogError while memory is short: then only small bodies are taken */
  readonly checkMemory?: () => void;
}

export class BodyBudget {
  readonly #limits: BodyLimits;
  #bytes = 0;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  /** Bytes that bodies hold now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @param declaredBytes - the body's `content-length` @throws LogError if that is too much */
  begin(declaredBytes: number | undefined): Body {
    const body = new Body({ check: (bytes, added) => this.#check(bytes, added), held: (bytes) => (this.#bytes += bytes) });
    if (declaredBytes !== undefined) this.#check(declaredBytes, declaredBytes);
    return body;
  }

  /**
   * @param bytes - size of one body so far
   * @param added - those of its bytes that are not counted yet
   */
  #check(bytes: number, added: number): void {
    const { bodyBytesMax, bytesMax, heldElsewhere, checkMemory } = this.#limits;
    if (bytes > bodyBytesMax) {
      throw new LogError('body-too-large', `the body is larger than BODY_BYTES_MAX, ${bodyBytesMax} bytes`, { bytesMax: bodyBytesMax });
    }
    if (bytes > smallBytes) checkMemory?.();
    const held = this.#bytes + heldElsewhere();
    // If nothing else is held, any body up to the limit for one is accepted.
    if (held > 0 && held + added > (bytes > smallBytes ? bytesMax * 0.75 : bytesMax)) {
      throw new LogError('overloaded', `appends and request bodies in progress hold ${held} bytes already`, {
        limit: 'PENDING_BYTES_MAX',
        max: bytesMax,
      });
    }
  }
}

interface BodyKeeper {
  readonly check: (bytes: number, added: number) => void;
  readonly held: (bytes: number) => void;
}

/** The body of one request, as far as it has arrived. */
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

  /** @throws LogError if that is too much, once; later chunks are dropped */
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

  /** The whole body, which is still counted; `undefined` if it was refused or released. */
  whole(): Buffer | undefined {
    if (this.#isOver) return undefined;
    const [only] = this.#chunks;
    return only !== undefined && this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks, this.#bytes);
  }

  /** Drops the body and no longer counts it. */
  release(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#keeper.held(-this.#bytes);
    this.#chunks = [];
  }
}
