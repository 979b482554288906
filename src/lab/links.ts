/**
 * How the nodes of `rlog dev` reach each other: one link to each node, which all others dial. A node that is cut off
 * hears nothing over its own link, and what it dials itself is held on the links to the others: nodes say who they are
 * when they call. Whoever is no node dials the nodes themselves, and hears nothing of this.
 */

import { forwardedHeader, nodeHeader } from '../api/headers.ts';
import { LinkProxy } from './link-proxy.ts';
import type { Undo } from './link-proxy.ts';
import type { NodePlan } from './node-plans.ts';

const both = ['there', 'back'] as const;
const callerLine = new RegExp(`^(?:${nodeHeader}|${forwardedHeader}): *(.*?) *$`, 'im');

export class Links implements AsyncDisposable {
  readonly #links: ReadonlyMap<string, LinkProxy>;
  /** By who is cut off: how that is ended. */
  readonly #cutOff = new Map<string, readonly Undo[]>();

  private constructor(links: ReadonlyMap<string, LinkProxy>) {
    this.#links = links;
  }

  static async open(plans: readonly NodePlan[]): Promise<Links> {
    const links = new Map<string, LinkProxy>();
    for (const { id, linkPort, port } of plans) {
      links.set(id, await LinkProxy.open({ port: linkPort, targetPort: port }, (head) => callerLine.exec(head)?.[1]));
    }
    return new Links(links);
  }

  isCutOff(id: string): boolean {
    return this.#cutOff.has(id);
  }

  /** From all others: what is under way in either direction waits. */
  cutOff(id: string): void {
    if (this.isCutOff(id)) return;
    const holds = [...this.#links].map(([target, link]) => link.hold(both, target === id ? undefined : id));
    this.#cutOff.set(id, holds);
  }

  /** What waited arrives, as TCP would send it again. */
  reconnect(id: string): void {
    for (const undo of this.#cutOff.get(id) ?? []) undo();
    this.#cutOff.delete(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const link of this.#links.values()) await link[Symbol.asyncDispose]();
  }
}
