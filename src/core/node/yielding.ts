/**
 * A cluster without a single message yields whole to one with a log that names its founder: two nodes that founded at the
 * same time come to be one cluster. The rule, and how the log is given up. A node learns of the other cluster by dialing
 * one of its nodes, or because a leader of it comes here; each goes on in its own way once the log is gone.
 *
 * Invariant: from the decision until the log is given up (`isYielding`) this node promises nothing, follows nobody and
 * does not campaign; then it has a new storage id, as a blank node.
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
   * @param found - `url` if the other cluster was met at an address
   * @returns what `logCut` will name
   */
  begin(to: ClusterId, found: { readonly url?: string }): number {
    const { out, outline, clusterId } = this.#context;
    this.#context.isYielding = true;
    out.emit('warn', 'cluster.yielded', { from: clusterId, to, ...found });
    this.#cutId = outline.giveUp();
    out.log({ kind: 'cut', cutId: this.#cutId, point: logStart });
    return this.#cutId;
  }

  /** @returns whether this was what the yielding waited for: the node is blank now */
  logCut(cutId: number): boolean {
    if (this.#cutId !== cutId) return false;
    this.#cutId = undefined;
    this.#context.isYielding = false;
    this.#context.promises.renewStorage(storageId(this.#context.options.drawId()));
    return true;
  }
}
