/**
 * Has this node's storage begin at the base that the cluster has decided. Each node does it when it can, one base at a time:
 * that it keeps more for a while harms nobody.
 */

import type { BatchNumber } from '../model/numbers.ts';
import type { NodeContext } from './context.ts';

export class Rebasing {
  readonly #context: NodeContext;
  #asked: BatchNumber | undefined;

  constructor(context: NodeContext) {
    this.#context = context;
  }

  tick(): void {
    const { outline, out } = this.#context;
    if (this.#asked !== undefined && this.#asked <= outline.base.number) this.#asked = undefined;
    const plan = outline.baseWanted;
    if (plan === undefined || this.#asked !== undefined || outline.openCut !== undefined) return;
    this.#asked = plan.base.number;
    out.beside({ kind: 'rebase', plan });
  }
}
