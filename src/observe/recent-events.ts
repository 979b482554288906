/** The latest log events of a node, for pages that show what happened. They are those of the core, at `info` and above. */

import type { NodeEvent } from '../api/activity.ts';
import type { LogEvent } from '../core/model/events.ts';
import { printableValue } from './printable.ts';

/** Per name: so a node that polls in vain for an hour still knows what happened before. */
const ofOneNameMax = 50;
const eventsMax = 300;

export class RecentEvents {
  /** Oldest first. */
  readonly #events: NodeEvent[] = [];

  /** @param at - in ms since 1970 */
  add(at: number, { level, event, facts }: LogEvent): NodeEvent {
    // The facts include names, addresses and reasons from other nodes.
    const added: NodeEvent = { at, level, event, facts: printableValue(facts) as NodeEvent['facts'] };
    this.#events.push(added);
    if (this.#events.filter((each) => each.event === event).length > ofOneNameMax) {
      this.#events.splice(
        this.#events.findIndex((each) => each.event === event),
        1,
      );
    }
    if (this.#events.length > eventsMax) this.#events.shift();
    return added;
  }

  all(): readonly NodeEvent[] {
    return this.#events;
  }
}
