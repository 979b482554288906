/**
 * Gives identities to the appends that this node forwards. A number is used once, and each start of a node has numbers
 * of its own.
 */

import type { ForwardIdentity } from '../../core/model/forward-identity.ts';

export class ForwardIdentities {
  readonly #forwarder: number;
  #given = 0;

  /** @param forwarder - 48 random bits, drawn at every start of the process, like its incarnation */
  constructor(forwarder: number) {
    this.#forwarder = forwarder;
  }

  next(): ForwardIdentity {
    const number = this.#given;
    this.#given += 1;
    return { forwarder: this.#forwarder, number };
  }
}
