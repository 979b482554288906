/** Serves what a service asks of its node, where the node runs, and gathers the answers of each turn. */

import { timeoutMsMax } from '../../api/entries.ts';
import { LogError } from '../../api/problems.ts';
import { epoch } from '../../core/model/numbers.ts';
import { traceOf } from '../../http/append/trace-of.ts';
import { healthJson } from '../../http/wire/health-json.ts';
import { asLogError } from '../../http/wire/problem.ts';
import type { NodeLogger } from '../../observe/logger.ts';
import type { RunningNode } from '../../start-node.ts';
import { anyone, callerWithSecret } from '../../trust/caller.ts';
import { AppendLane } from './append-lane.ts';
import { AppendUnit } from './append-unit.ts';
import { readPage } from './read-page.ts';
import type {
  AnsweredCall,
  Asked,
  AskedCall,
  AskedGroup,
  CallKinds,
  CallKind,
  NotStored,
  Places,
  Stored,
  Told,
  ToldLeadership,
  ToldProblem,
} from './messages.ts';

interface ServiceParts {
  readonly running: RunningNode;
  readonly log: NodeLogger['log'];
  readonly tell: (told: Told) => void;
}

export class Service {
  readonly #parts: ServiceParts;
  readonly #lane: AppendLane;
  /** The calls in progress: aborting one tells it that nobody waits for it. */
  readonly #calls = new Map<number, AbortController>();
  #appends: (Stored | NotStored)[] = [];
  #answers: AnsweredCall[] = [];
  #leads: number | undefined;
  #leadership: ToldLeadership | undefined;
  #isTelling = false;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    const { node, driver } = parts.running;
    driver.watchLeader(() => this.#leadershipChanged());
    driver.watchLead((leads) => {
      this.#leads = leads;
      this.#leadershipChanged();
    });
    // Whoever runs code in the node's process may do anything; a leader believes that where the node proves itself.
    const caller = node.access.isOpen ? anyone : callerWithSecret(node.config.serverId);
    this.#lane = new AppendLane({
      node,
      caller,
      stored: ({ parts: of }, placed) => {
        let before = 0;
        for (const { group, from, counts } of of) {
          const { offset, places } = placed;
          const count = counts.reduce((sum, each) => sum + each, 0);
          const own = places === undefined ? undefined : placesOf(places, before, before + count);
          this.#appends.push({ group, from, to: from + counts.length, ...placed, offset: offset + before, places: own });
          before += count;
        }
        this.#tellSoon();
      },
      failed: ({ parts: of }, error) => {
        this.#sayIfInternal(error);
        let before = 0;
        for (const { group, from, counts } of of) {
          this.#appends.push({ group, from, to: from + counts.length, problem: later(toldOf(error), before) });
          for (const count of counts) before += count;
        }
        this.#tellSoon();
      },
    });
  }

  ask({ groups, bytes, calls, dropped }: Asked): void {
    let at = 0;
    for (const group of groups) {
      const end = at + group.byteCount;
      if (bytes !== undefined) this.#lane.add(this.#unitOf(group, bytes.subarray(at, end)));
      at = end;
    }
    for (const call of calls) void this.#answer(call);
    for (const id of dropped) {
      this.#calls.get(id)?.abort();
      this.#lane.drop(id);
    }
  }

  #unitOf({ id, counts, key, keys, traceparent, ...asked }: AskedGroup, bytes: Uint8Array): AppendUnit {
    const { config, traces } = this.#parts.running.node;
    const { w = config.defaultWriteConcern, timeoutMs = config.writeTimeoutMs } = asked;
    const ifEpoch = asked.ifEpoch === undefined ? undefined : epoch(asked.ifEpoch);
    const count = counts.reduce((sum, each) => sum + each, 0);
    const trace = traceOf(traces, traceparent === undefined ? undefined : { traceparent, tracestate: undefined });
    const deadline = performance.now() + timeoutMs;
    const messages = { count, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
    return new AppendUnit([{ group: id, from: 0, counts }], messages, { w, ifEpoch, timeoutMs, deadline, key, keys, trace });
  }

  /** Never rejects. */
  async #answer(call: AskedCall): Promise<void> {
    const { id } = call;
    const over = new AbortController();
    this.#calls.set(id, over);
    try {
      const answer = await this.#call(call, over.signal);
      this.#answers.push({ id, result: { answer } });
    } catch (error) {
      if (over.signal.aborted) return;
      const failure = asLogError(error);
      this.#sayIfInternal(failure);
      this.#answers.push({ id, result: { problem: toldOf(failure) } });
    } finally {
      this.#calls.delete(id);
    }
    this.#tellSoon();
  }

  async #call(call: AskedCall, over: AbortSignal): Promise<CallKinds[CallKind]['answer']> {
    const { running } = this.#parts;
    const { node, driver } = running;
    switch (call.kind) {
      case 'page':
        return readPage(node, call.asked, over);
      case 'status':
        return healthJson(driver.status(), node.healthFacts());
      case 'ready':
        await this.#untilReady(call.asked.timeoutMs, over);
        return undefined;
      case 'stop':
        await running.stop();
        await this.#lane.untilIdle();
        return undefined;
    }
  }

  async #untilReady(timeoutMs: number | undefined, over: AbortSignal): Promise<void> {
    const { driver } = this.#parts.running;
    const isReady = (): boolean => driver.leader !== undefined && driver.status().refusal === undefined;
    const deadline = timeoutMs === undefined ? Infinity : performance.now() + timeoutMs;
    // A wait has a limit, because a timer has one.
    for (let leftMs = deadline - performance.now(); leftMs > 0; leftMs = deadline - performance.now()) {
      if (await driver.waitUntil(() => over.aborted || isReady(), Math.min(leftMs, timeoutMsMax))) return;
      if (driver.isStopped) throw new LogError('shutting-down', 'this node is shutting down');
    }
    const { refusal, waitingFor } = driver.status();
    throw new LogError(refusal ?? 'no-leader', `not ready within ${timeoutMs ?? 0} ms`, { waitingFor });
  }

  #leadershipChanged(): void {
    const { leader } = this.#parts.running.driver;
    this.#leadership = { leader: leader && { id: leader.id, url: leader.url, epoch: leader.epoch }, leads: this.#leads };
    this.#tellSoon();
  }

  #sayIfInternal(error: LogError): void {
    if (error.code === 'internal-error') this.#parts.log.error({ err: error.cause ?? error }, 'request.failed');
  }

  /** What is answered in one turn is told at once. */
  #tellSoon(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    queueMicrotask(() => {
      const told = { appends: this.#appends, calls: this.#answers, leadership: this.#leadership };
      this.#leadership = undefined;
      this.#appends = [];
      this.#answers = [];
      this.#isTelling = false;
      this.#parts.tell(told);
    });
  }
}

function toldOf({ code, message: detail, facts, status }: LogError): ToldProblem {
  return { code, detail, facts, status };
}

function placesOf({ offsets, epochs }: Places, start: number, end: number): Places {
  return { offsets: offsets.slice(start, end), epochs: epochs?.slice(start, end) };
}

/** The failure for messages that come later in what was appended at once: with their own offset, if they may be stored. */
function later(problem: ToldProblem, by: number): ToldProblem {
  const { offset } = problem.facts;
  return by === 0 || typeof offset !== 'number' ? problem : { ...problem, facts: { ...problem.facts, offset: offset + by } };
}
