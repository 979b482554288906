/**
 * How the nodes of `rlog dev` reach each other: one link to each node, which all others dial. If a node is cut off, its own
 * link is held, and so are its connections over the links to the others: nodes say who they are when they connect. Clients
 * dial the nodes themselves, and are not affected.
 */

import { forwardedHeader, nodeHeader } from '../api/headers.ts';
import { LinkProxy } from './link-proxy.ts';
import type { Undo } from './link-proxy.ts';
import type { NodePlan } from './node-plans.ts';

const both = ['there', 'back'] as const;
const callerLine = new RegExp(`^(?:${nodeHeader}|${forwardedHeader}): *(.*?) *$`, 'im');

export class Links implements AsyncDisposable {
  readonly #links: ReadonlyMap<string, LinkProxy>;
  /** By node that is cut off: what ends that. */
  readonly #cutOff = new Map<string, readonly Undo[]>();

  private constructor(links: ReadonlyMap<string, LinkProxy>) {
    this.#links = links;
  }

  static async open(plans: readonly Pick<NodePlan, 'id' | 'port' | 'linkPort'>[]): Promise<Links> {
    const links = new Map<string, LinkProxy>();
    for (const { id, linkPort, port } of plans) {
      links.set(id, await LinkProxy.open({ port: linkPort, targetPort: port }, (head) => callerLine.exec(head)?.[1]));
    }
    return new Links(links);
  }

  isCutOff(id: string): boolean {
    return this.#cutOff.has(id);
  }

  /** Cuts a node off from all others: what is on its way in either direction waits. */
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
