/** Gives identities to the appends that this node passes on: each number once, and others after every start. */

import type { ForwardIdentity } from '../../core/model/forward-identity.ts';

export class ForwardIdentities {
  readonly #forwarder: number;
  #given = 0;

  /** @param forwarder - drawn at every start of a process, as its incarnation is, from 48 bits */
  constructor(forwarder: number) {
    this.#forwarder = forwarder;
  }

  next(): ForwardIdentity {
    const number = this.#given;
    this.#given += 1;
    return { forwarder: this.#forwarder, number };
  }
}
