/**
 * Which faults come, decided by a seed and by nothing else. What the cluster makes of them is not: processes, disks and
 * sockets keep their own time, so a seed replays the faults and not the run.
 */

import type { Random } from '../../src/sim/world/random.ts';

export interface PlannedFault<Kind extends string> {
  readonly kind: Kind;
  /** After the one before it was injected. */
  readonly pauseMs: number;
  /** Which node, counted from 0. */
  readonly victim: number;
  /** Whether it rather strikes the leader, where any node may come to lead. */
  readonly isForLeader: boolean;
  readonly durationMs: number;
  /** For what else a fault must choose. */
  readonly seed: number;
}

/** Endless. Every kind comes once in each round, in an order of its own, so that a short run sees all of them. */
export function* schedule<Kind extends string>(
  random: Random,
  of: { readonly kinds: readonly Kind[]; readonly nodeCount: number },
): Generator<PlannedFault<Kind>, never> {
  for (;;) {
    for (const kind of shuffled(random, of.kinds)) {
      yield {
        kind,
        pauseMs: random.between(100, 1500),
        victim: random.between(0, of.nodeCount - 1),
        isForLeader: random.chance(0.5),
        durationMs: random.between(200, 2500),
        seed: random.between(0, 0xffff_ffff),
      };
    }
  }
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const rest = [...items];
  const taken: T[] = [];
  while (rest.length > 0) taken.push(...rest.splice(random.between(0, rest.length - 1), 1));
  return taken;
}
