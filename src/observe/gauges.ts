/** Metrics without state of their own: their values are read whenever the metrics are. */

import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { ReplicaStatus } from '../core/status.ts';

interface Named {
  readonly name: string;
  readonly help: string;
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export class Gauges {
  readonly registry: Registry;
  readonly #status: () => ReplicaStatus;

  constructor(registry: Registry, status: () => ReplicaStatus) {
    this.registry = registry;
    this.#status = status;
  }

  gauge(name: string, help: string, read: () => number): void {
    this.registry.registerMetric(
      new Gauge({
        registers: [],
        name,
        help,
        collect() {
          this.set(read());
        },
      }),
    );
  }

  fromStatus(name: string, help: string, read: (status: ReplicaStatus) => number): void {
    this.gauge(name, help, () => read(this.#status()));
  }

  perLabel(named: Named & { readonly labelNames: readonly string[] }, read: (status: ReplicaStatus) => readonly Sample[]): void {
    const status = this.#status;
    this.registry.registerMetric(
      new Gauge({
        registers: [],
        ...named,
        collect() {
          this.reset();
          for (const { labels, value } of read(status())) this.set(labels, value);
        },
      }),
    );
  }

  /** A counter whose count is kept elsewhere. */
  count(name: string, help: string, read: () => number): void {
    this.registry.registerMetric(
      new Counter({
        registers: [],
        name,
        help,
        collect() {
          this.reset();
          this.inc(read());
        },
      }),
    );
  }

  countsFromStatus(
    named: Named & { readonly labelNames: readonly [string] },
    read: (status: ReplicaStatus) => ReadonlyMap<string, number>,
  ): void {
    this.counts(named, () => read(this.#status()));
  }

  counts(named: Named & { readonly labelNames: readonly [string] }, read: () => ReadonlyMap<string, number>): void {
    const [label] = named.labelNames;
    this.registry.registerMetric(
      new Counter({
        registers: [],
        ...named,
        collect() {
          this.reset();
          for (const [key, count] of read()) this.inc({ [label]: key }, count);
        },
      }),
    );
  }
}
