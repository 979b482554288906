/**
 * How the nodes of a run reach each other: one link to each node, which all others dial, as in `rlog dev`. Nodes say who they
 * are when they connect, so a fault of a node applies to all connections on its own link, and to its connections on the
 * links of the others.
 */

import { forwardedHeader, nodeHeader } from '../../src/api/headers.ts';
import { LinkProxy } from '../../src/lab/link-proxy.ts';
import type { Direction, Undo } from '../../src/lab/link-proxy.ts';
import { freePort } from '../support/ports.ts';

/** The bytes that a node sends, those that it is sent, or both. */
export type Ways = 'away' | 'towards' | 'both';

const callerLine = new RegExp(`^(?:${nodeHeader}|${forwardedHeader}): *(.*?) *$`, 'im');

export class Mesh implements AsyncDisposable {
  readonly #links = new Map<string, LinkProxy>();

  static async open(nodes: readonly { readonly id: string; readonly port: number }[]): Promise<Mesh> {
    const mesh = new Mesh();
    for (const { id, port } of nodes) {
      const link = await LinkProxy.open({ port: await freePort(), targetPort: port }, (head) => callerLine.exec(head)?.[1]);
      mesh.#links.set(id, link);
    }
    return mesh;
  }

  /** The URL at which the others reach this node. */
  urlOf(id: string): string {
    const link = this.#links.get(id);
    if (link === undefined) throw new Error(`there is no link to ${id}`);
    return link.url;
  }

  cut(id: string, ways: Ways): Undo {
    return this.#atBothEnds(id, (link, away) => link.hold(waysFrom(ways, away), away === 'there' ? id : undefined));
  }

  /** What `from` sends to `to` does not arrive; what `to` sends does. */
  cutOneWay(from: string, to: string): Undo {
    const undos = [this.#links.get(to)?.hold(['there'], from), this.#links.get(from)?.hold(['back'], to)];
    return () => {
      for (const undo of undos) undo?.();
    };
  }

  slow(id: string, delayMs: number): Undo {
    return this.#atBothEnds(id, (link, away) => link.slow(delayMs, away === 'there' ? id : undefined));
  }

  reset(id: string): void {
    for (const [target, link] of this.#links) link.reset(target === id ? undefined : id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const link of this.#links.values()) await link[Symbol.asyncDispose]();
  }

  /** @param treat - `away` is the direction of the link in which the node sends */
  #atBothEnds(id: string, treat: (link: LinkProxy, away: Direction) => Undo): Undo {
    const undos = [...this.#links].map(([target, link]) => treat(link, target === id ? 'back' : 'there'));
    return () => {
      for (const undo of undos) undo();
    };
  }
}

function waysFrom(ways: Ways, away: Direction): Direction[] {
  if (ways === 'both') return ['there', 'back'];
  const towards = away === 'there' ? 'back' : 'there';
  return [ways === 'away' ? away : towards];
}
