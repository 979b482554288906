/** An operator who trims the log now and then, and changes what the cluster keeps. */

import { keepsAll } from '../../core/model/control.ts';
import type { Retention } from '../../core/model/control.ts';
import { offset } from '../../core/model/numbers.ts';
import type { Driver } from '../../driver/driver.ts';
import type { TrimChecker } from '../checkers/trim-checker.ts';
import { serve } from '../world/gateway.ts';
import type { Plan } from '../world/plan.ts';
import type { Random } from '../world/random.ts';
import type { SimNetwork } from '../world/sim-network.ts';
import type { SimNode } from '../world/sim-node.ts';
import type { World } from '../world/world.ts';

const timeoutMs = 3000;
/** Longer than a run: entries go for their age only if clocks are wrong. */
const longAgeMs = 3_600_000;

interface Parts {
  readonly world: World;
  readonly network: SimNetwork;
  readonly nodes: readonly SimNode[];
  readonly random: Random;
  readonly plan: Plan;
  readonly trims: TrimChecker;
  readonly tell: (node: string, what: string, facts: unknown) => void;
  readonly onError: (error: unknown) => void;
}

export class Keeper {
  readonly #parts: Parts;
  #isCalm = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#parts.plan.keeps !== 'everything') this.#scheduleNext();
  }

  stopAsking(): void {
    this.#isCalm = true;
  }

  #scheduleNext(): void {
    const { world, random } = this.#parts;
    world.after(random.between(100, 3000), () => {
      if (this.#isCalm) return;
      if (random.chance(0.4)) this.#trim();
      else this.#keep();
      this.#scheduleNext();
    });
  }

  #trim(): void {
    const { network, nodes, random, trims, tell, onError } = this.#parts;
    const node = random.pick(nodes);
    const known = node.driver?.committedEnd ?? 0;
    const before = random.between(Math.max(0, known - 30), known + 1);
    const ask = (driver: Driver, leftMs: number): ReturnType<Driver['commands']['trim']> => driver.commands.trim(offset(before), leftMs);
    trims.asked(before);
    node
      .call((process) => serve(network, process, { ask, timeoutMs, isRepeatable: true }))
      .then(
        (firstOffset) => {
          tell(node.id, 'trimmed', { before, firstOffset });
          trims.acknowledged(before, firstOffset);
        },
        () => undefined,
      )
      .catch(onError);
  }

  #keep(): void {
    const { network, nodes, random, trims, tell, onError } = this.#parts;
    const node = random.pick(nodes);
    const retention = this.#draw();
    const ask = (driver: Driver, leftMs: number): Promise<Retention> => driver.commands.setRetention(retention, leftMs);
    trims.wanted(retention);
    node
      .call((process) => serve(network, process, { ask, timeoutMs, isRepeatable: true }))
      .then(
        () => tell(node.id, 'keeps', retention),
        () => undefined,
      )
      .catch(onError);
  }

  #draw(): Retention {
    const { random, plan } = this.#parts;
    switch (plan.keeps) {
      case 'entries':
        return { ...keepsAll, maxEntries: random.between(1, 40) };
      case 'bytes':
        return { ...keepsAll, maxBytes: random.between(1000, 16 * 1024) };
      case 'age':
        return { ...keepsAll, maxAgeMs: longAgeMs };
      case 'untrimmed':
      case 'everything':
        return { ...keepsAll, idempotencyWindowMs: random.pick([null, 24 * 3_600_000, 48 * 3_600_000]) };
    }
  }
}
