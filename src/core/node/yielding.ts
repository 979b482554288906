/**
 * A cluster without messages yields completely to another cluster whose list names its founder, so that two nodes that founded
 * a cluster at the same time become one. This file has the rule, and gives the log up. A node learns of the other cluster by
 * dialing one of its nodes, or because its leader connects; what follows once the log is gone depends on which it was.
 *
 * Invariant: from the decision until the log is given up (`isYielding`), this node promises nothing, follows no leader and
 * does not campaign. Then it is a blank node with a new storage id.
 */

import { storageId } from '../model/numbers.ts';
import type { ClusterId } from '../model/numbers.ts';
import { logStart } from '../model/place.ts';
import type { NodeContext } from './context.ts';

export class Yielding {
  readonly #context: NodeContext;
  #cutId: number | undefined;

  constructor(context: NodeContext) {
    this.#context = context;
  }

  mayYieldTo(other: { readonly memberIds: readonly string[] }): boolean {
    const { clusterId, hasMessages, outline, isYielding } = this.#context;
    const founder = outline.list?.founder;
    return clusterId !== null && !hasMessages && founder !== undefined && other.memberIds.includes(founder) && !isYielding;
  }

  /**
   * Gives the log up.
   * @param found - `url` if the other cluster was found by dialing this address
   * @returns the id of the cut, for `logCut`
   */
  begin(to: ClusterId, found: { readonly url?: string }): number {
    const { out, outline, clusterId } = this.#context;
    this.#context.isYielding = true;
    out.emit('warn', 'cluster.yielded', { from: clusterId, to, ...found });
    this.#cutId = outline.giveUp();
    out.log({ kind: 'cut', cutId: this.#cutId, point: logStart });
    return this.#cutId;
  }

  /** @returns whether this was the cut that yielding waited for: if so, the node is blank now */
  logCut(cutId: number): boolean {
    if (this.#cutId !== cutId) return false;
    this.#cutId = undefined;
    this.#context.isYielding = false;
    this.#context.promises.renewStorage(storageId(this.#context.options.drawId()));
    return true;
  }
}
