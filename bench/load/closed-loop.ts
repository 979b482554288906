/**
 * Keeps every lane busy: the next request is sent when the answer has arrived. Records only within the window; at the end
 * it waits for every answer, so that it is known exactly what was acknowledged.
 */

import { Histogram } from './histogram.ts';
import type { LoadPlan, LoadResult } from './plan.ts';
import type { Lane, Protocol } from './protocol.ts';
import type { RequestTemplate } from './request-template.ts';

/** How long the last answers may take. */
const drainMs = 30_000;

interface Runner {
  readonly lane: Lane;
  readonly template: RequestTemplate;
  acknowledged: number;
  sentAt: number;
  isBusy: boolean;
}

export class ClosedLoop {
  readonly #plan: LoadPlan;
  readonly #protocol: Protocol;
  #latency = new Histogram();
  #requests = 0;
  #isMeasuring = false;
  #isStopping = false;
  #windowStart = 0;
  #cpuStart = process.cpuUsage();
  #windowMs = 0;
  #cpuMs = 0;
  #busy = 0;
  #failures = 0;
  #firstFailure: string | undefined;
  readonly #drained = Promise.withResolvers<void>();

  constructor(plan: LoadPlan, protocol: Protocol) {
    this.#plan = plan;
    this.#protocol = protocol;
  }

  async run(onStarted: () => void): Promise<LoadResult> {
    const opened = await this.#protocol.open(this.#plan);
    const runners = opened.lanes.map((lane, index): Runner => {
      const template = this.#protocol.template(this.#plan, index);
      return { lane, template, acknowledged: 0, sentAt: 0, isBusy: false };
    });
    for (const runner of runners) {
      runner.lane.onAnswer = (failure) => this.#answered(runner, failure);
      this.#send(runner);
    }
    onStarted();
    const { warmupMs, windowMs } = this.#plan;
    const timers: NodeJS.Timeout[] = [];
    if (warmupMs !== undefined) timers.push(setTimeout(() => this.measure(), warmupMs));
    if (windowMs !== undefined) timers.push(setTimeout(() => this.stop(), (warmupMs ?? 0) + windowMs));
    await this.#drained.promise;
    for (const timer of timers) clearTimeout(timer);
    this.#endWindow();
    opened.close();
    const stuck = runners.filter((runner) => runner.isBusy).length;
    return {
      generator: this.#plan.generator,
      messageBytes: this.#plan.messageBytes,
      windowMs: this.#windowMs,
      messages: this.#requests * this.#plan.messagesPerRequest,
      requests: this.#requests,
      latency: this.#latency.snapshot(),
      cpuMs: this.#cpuMs,
      acknowledged: runners.map((runner) => runner.acknowledged),
      failures: {
        count: this.#failures + stuck,
        first: this.#firstFailure ?? (stuck > 0 ? `no answer within ${drainMs} ms` : undefined),
      },
    };
  }

  /** Discards what was recorded: the window begins now. */
  measure(): void {
    if (this.#isStopping) return;
    this.#latency = new Histogram();
    this.#requests = 0;
    this.#windowStart = performance.now();
    this.#cpuStart = process.cpuUsage();
    this.#isMeasuring = true;
  }

  stop(): void {
    if (this.#isStopping) return;
    this.#endWindow();
    this.#isStopping = true;
    if (this.#busy === 0) this.#drained.resolve();
    setTimeout(() => this.#drained.resolve(), drainMs).unref();
  }

  #endWindow(): void {
    if (!this.#isMeasuring) return;
    this.#isMeasuring = false;
    this.#windowMs = performance.now() - this.#windowStart;
    const cpu = process.cpuUsage(this.#cpuStart);
    this.#cpuMs = (cpu.user + cpu.system) / 1000;
  }

  #send(runner: Runner): void {
    if (!runner.isBusy) this.#busy += 1;
    runner.isBusy = true;
    runner.sentAt = performance.now();
    runner.lane.send(runner.template.fill(runner.acknowledged));
  }

  #answered(runner: Runner, failure: string | undefined): void {
    if (!runner.isBusy) return;
    if (failure === undefined) {
      runner.acknowledged += runner.template.messages;
      if (this.#isMeasuring) {
        this.#requests += 1;
        this.#latency.record((performance.now() - runner.sentAt) * 1000);
      }
      if (!this.#isStopping && !this.#isThrough(runner)) return this.#send(runner);
    } else {
      // A lane that failed sends nothing more: it is not known whether its message is in the log.
      this.#failures += 1;
      this.#firstFailure ??= failure;
    }
    runner.isBusy = false;
    this.#busy -= 1;
    if (this.#busy === 0) this.#drained.resolve();
  }

  #isThrough(runner: Runner): boolean {
    const { requestsPerLaneMax, messagesPerRequest } = this.#plan;
    return requestsPerLaneMax !== undefined && runner.acknowledged >= requestsPerLaneMax * messagesPerRequest;
  }
}
