/** What a service knows of who leads: told by its node, and a moment old. */

import { EventEmitter } from 'node:events';
import type { KnownLeader, ToldLeadership } from './inside/messages.ts';
import type { LeadingNode } from './run-on-leader.ts';

/** Told of each change of leader; `undefined` while none is known. */
export type LeaderListener = (leader: KnownLeader | undefined) => void;

export class Leadership implements LeadingNode {
  readonly #emitter = new EventEmitter<{ changed: [KnownLeader | undefined] }>().setMaxListeners(0);
  #told: ToldLeadership = { leader: undefined, leads: undefined };
  #isOver = false;

  get leader(): KnownLeader | undefined {
    return this.#told.leader;
  }

  get leads(): number | undefined {
    return this.#told.leads;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  on(listener: LeaderListener): void {
    this.#emitter.on('changed', listener);
  }

  off(listener: LeaderListener): void {
    this.#emitter.off('changed', listener);
  }

  readonly watch = (told: () => void): (() => void) => {
    const listener = (): void => told();
    this.on(listener);
    return () => this.off(listener);
  };

  told(told: ToldLeadership): void {
    if (this.#isOver) return;
    this.#told = told;
    this.#emitter.emit('changed', told.leader);
  }

  /** The node was stopped, or is gone. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#told = { leader: undefined, leads: undefined };
    this.#emitter.emit('changed', undefined);
  }
}
