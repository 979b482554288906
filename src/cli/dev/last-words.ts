/** The last thing a node printed that was not a line of its log: usually why it could not start. */

import type { LabEvent } from '../../lab/lab-event.ts';

const prefix = /^rlog: /;

export class LastWords {
  readonly #words = new Map<string, string>();

  hear(id: string, line: string): void {
    if (prefix.test(line)) this.#words.set(id, line.replace(prefix, ''));
  }

  /** Adds why the process ended, if it said so. */
  addedTo(event: LabEvent): LabEvent {
    if (event.kind === 'started') this.#words.delete(event.node);
    const words = this.#words.get(event.node);
    return event.kind === 'ended' && words !== undefined ? { ...event, why: `${event.why}: ${words}` } : event;
  }
}
