/** The moments of all nodes: each by its own clock, so each in a book of its own. */

import type { ActivityEvent } from '../../api/activity.ts';
import { MomentBook } from './moment-book.ts';

export class MomentBooks {
  readonly #books = new Map<string, MomentBook>();

  take(nodeId: string, moments: readonly ActivityEvent[]): void {
    if (moments.length === 0) return;
    const book = this.#books.get(nodeId) ?? new MomentBook();
    this.#books.set(nodeId, book);
    book.take(moments);
  }

  of(nodeId: string | undefined): MomentBook | undefined {
    return nodeId === undefined ? undefined : this.#books.get(nodeId);
  }
}
