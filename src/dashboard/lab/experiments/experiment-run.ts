/** What an experiment can do: each step is told as it happens, with the time it took. It draws nothing, and acts through a `Bench`. */

import type { AppendAnswer } from '../../../api/entries.ts';
import { count, duration, entries } from '../../data/numbers.ts';
import { Problem } from '../../data/problem.ts';
import type { Health } from '../../../api/health.ts';
import type { Bench, Write } from './testbed.ts';
import type { LabAction, LabNode } from '../../../api/lab.ts';
import { reasonOf } from '../../data/reason.ts';

export interface Step {
  readonly id: number;
  readonly text: string;
  readonly state: 'running' | 'done' | 'failed';
  /** On the clock of the bench. */
  readonly begunAt: number;
  /** What came of it, with its time. */
  readonly note: string | undefined;
}

/** What came of a write, and after what time. */
export type Written = { readonly ms: number } & ({ readonly answer: AppendAnswer } | { readonly problem: Problem });

/** A write that is under way. */
export interface Waiting {
  readonly written: Promise<Written>;
  /** `undefined` while it is not answered. */
  readonly outcome: () => Written | undefined;
}

const checkEveryMs = 50;
const knownStateWithinMs = 30_000;
const writeTimeoutMs = 60_000;

/** Something that the experiment depends on did not happen. */
class ExperimentFailed extends Error {
  override readonly name = 'ExperimentFailed';
}

export class ExperimentRun {
  readonly #bench: Bench;
  readonly #signal: AbortSignal;
  readonly #told: (step: Step) => void;
  #stepCount = 0;
  /** How the nodes stood before; `undefined` until that was heard. */
  #given: readonly LabNode[] | undefined;

  constructor(bench: Bench, signal: AbortSignal, told: (step: Step) => void) {
    this.#bench = bench;
    this.#signal = signal;
    this.#told = told;
  }

  now(): number {
    return this.#bench.now();
  }

  /** Tells a step while it goes on and when it is over. @param note - what to say of what came */
  async step<T>(text: string, work: () => Promise<T>, note: (value: T, ms: number) => string = (_value, ms) => duration(ms)): Promise<T> {
    this.#signal.throwIfAborted();
    const step = { id: this.#stepCount++, text, begunAt: this.now() };
    this.#told({ ...step, state: 'running', note: undefined });
    try {
      const value = await work();
      this.#told({ ...step, state: 'done', note: note(value, this.now() - step.begunAt) });
      return value;
    } catch (error) {
      const why = this.#signal.aborted ? 'stopped' : reasonOf(error);
      this.#told({ ...step, state: 'failed', note: why });
      throw error;
    }
  }

  act(text: string, id: string, action: LabAction): Promise<void> {
    return this.step(text, () => this.#bench.act(id, action, this.#signal));
  }

  /** A write, until it is answered or refused. */
  append(text: string, write: Omit<Write, 'timeoutMs'>): Promise<Written> {
    return this.step(text, () => this.write(write), writtenNote);
  }

  /** The same, and does not wait for it: the step goes on beside those that follow. */
  begin(text: string, write: Omit<Write, 'timeoutMs'>): Waiting {
    let outcome: Written | undefined;
    const written = this.append(text, write).then((value) => (outcome = value));
    // Who waits for it hears of its failure; when nobody does any more, the run is over already.
    written.catch(() => undefined);
    return { written, outcome: () => outcome };
  }

  /** A write without a step of its own. */
  async write(write: Omit<Write, 'timeoutMs'>): Promise<Written> {
    const begunAt = this.now();
    try {
      const answer = await this.#bench.append({ ...write, timeoutMs: writeTimeoutMs }, this.#signal);
      return { ms: this.now() - begunAt, answer };
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      return { ms: this.now() - begunAt, problem };
    }
  }

  read(text: string, id: string, from: number): Promise<readonly unknown[]> {
    return this.step(
      text,
      () => this.#bench.read(id, from, this.#signal),
      (messages) =>
        messages.length === 0
          ? 'nothing from there on'
          : `${entries(messages.length)}: ${messages.map((message) => JSON.stringify(message)).join(', ')}`,
    );
  }

  health(id: string): Promise<Health> {
    return this.#bench.health(id, this.#signal);
  }

  pause(text: string, ms: number, note: () => string): Promise<void> {
    return this.step(text, () => this.#bench.pause(ms, this.#signal), note);
  }

  /** @returns how long it took. @throws ExperimentFailed */
  waitUntil(text: string, isMet: () => Promise<boolean>, withinMs = knownStateWithinMs): Promise<number> {
    const begunAt = this.now();
    return this.step(text, async () => {
      while (!(await this.#isMet(isMet))) {
        if (this.now() - begunAt > withinMs) throw new ExperimentFailed(`not within ${duration(withinMs)}`);
        await this.#bench.pause(checkEveryMs, this.#signal);
      }
      return this.now() - begunAt;
    });
  }

  /** Every node is a healthy member and holds all that there is. */
  allAreWell(text: string): Promise<number> {
    return this.waitUntil(text, async () => {
      const leader = await this.findLeader();
      if (leader === undefined) return false;
      const { status, members, ends } = await this.health(leader);
      const isWhole = members.every((member) => member.state === 'member' && member.health === 'healthy');
      const isEven = members.every((member) => member.durableEnd === ends.durableEnd);
      return status === 'healthy' && members.length === this.ids.length && isWhole && isEven;
    });
  }

  /** The nodes of the lab, in their order. */
  get ids(): readonly string[] {
    return (this.#given ?? []).map(({ id }) => id);
  }

  /** Who leads the highest epoch, of those that answer. */
  async findLeader(): Promise<string | undefined> {
    const healths = await Promise.all(this.ids.map((id) => this.#healthOrNone(id)));
    const leaders = healths.flatMap((health) => (health?.role === 'leader' ? [health] : []));
    return leaders.toSorted((a, b) => b.epoch - a.epoch)[0]?.node;
  }

  /** The leader, and the others in their order. @throws ExperimentFailed */
  async roles(): Promise<{ readonly leader: string; readonly others: readonly [string, ...string[]] }> {
    const leader = await this.findLeader();
    const [first, ...others] = this.ids.filter((id) => id !== leader);
    if (leader === undefined || first === undefined) throw new ExperimentFailed('no node leads');
    return { leader, others: [first, ...others] };
  }

  /** Another node leads than this one. @returns who, and after what time. @throws ExperimentFailed */
  async anotherLeads(text: string, before: string): Promise<{ readonly leader: string; readonly epoch: number; readonly ms: number }> {
    let found: Health | undefined;
    const ms = await this.waitUntil(text, async () => {
      const others = await Promise.all(this.ids.filter((id) => id !== before).map((id) => this.#healthOrNone(id)));
      found = others.find((health) => health?.role === 'leader' && health.status !== 'read-only');
      return found !== undefined;
    });
    return { leader: found?.node ?? '', epoch: found?.epoch ?? 0, ms };
  }

  /** A node that cannot be asked has none. */
  async #healthOrNone(id: string): Promise<Health | undefined> {
    try {
      return await this.health(id);
    } catch (error) {
      if (error instanceof Problem) return undefined;
      throw error;
    }
  }

  /** @param given - told how the nodes stood before: so they are to stand afterwards */
  async prepare(given: (nodes: readonly LabNode[]) => void): Promise<void> {
    await this.step('All nodes are put back to normal', async () => {
      const nodes = await this.#bench.nodes(this.#signal);
      this.#given = nodes;
      given(nodes);
      await this.#bench.reset(nodes.map(({ id }) => ({ id, isRunning: true, isPaused: false, isCutOff: false, delayMs: 0 })));
    });
    await this.allAreWell(`All ${this.ids.length} nodes are healthy and have the same log`);
  }

  /** Whatever the signal says: the nodes stand as before. @returns why it could not be done */
  async putBack(): Promise<string | undefined> {
    // Nothing was done to nodes of which nothing was heard; how somebody had set them is not known.
    const given = this.#given;
    if (given === undefined) return undefined;
    const step = { id: this.#stepCount++, text: 'The nodes are put back as they were', begunAt: this.now() };
    this.#told({ ...step, state: 'running', note: undefined });
    try {
      await this.#bench.reset(given);
      this.#told({ ...step, state: 'done', note: duration(this.now() - step.begunAt) });
      return undefined;
    } catch (error) {
      const why = reasonOf(error);
      this.#told({ ...step, state: 'failed', note: why });
      return why;
    }
  }

  /** A node that cannot be asked yet is asked again. */
  async #isMet(isMet: () => Promise<boolean>): Promise<boolean> {
    try {
      return await isMet();
    } catch (error) {
      if (error instanceof Problem) return false;
      throw error;
    }
  }
}

/** @throws ExperimentFailed if it was refused: nothing that follows would mean anything */
export function answerOf(written: Written): AppendAnswer & { readonly ms: number } {
  if ('answer' in written) return { ...written.answer, ms: written.ms };
  throw new ExperimentFailed(`a write that had to succeed was refused: ${written.problem.message}`);
}

function writtenNote(written: Written): string {
  const after = duration(written.ms);
  if ('problem' in written) return `refused after ${after}: ${written.problem.code}, ${written.problem.outcome}`;
  const { acks } = written.answer;
  return `answered after ${after}, held by ${count(acks)} ${acks === 1 ? 'node' : 'nodes'}`;
}
