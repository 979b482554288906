/** What a node said last that was no line of its log: why it could not start, mostly. */

import type { LabEvent } from '../../lab/lab-event.ts';

const prefix = /^rlog: /;

export class LastWords {
  readonly #words = new Map<string, string>();

  hear(id: string, line: string): void {
    if (prefix.test(line)) this.#words.set(id, line.replace(prefix, ''));
  }

  /** With why the process ended, where it said so. */
  addedTo(event: LabEvent): LabEvent {
    if (event.kind === 'started') this.#words.delete(event.node);
    const words = this.#words.get(event.node);
    return event.kind === 'ended' && words !== undefined ? { ...event, why: `${event.why}: ${words}` } : event;
  }
}
