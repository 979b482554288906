/**
 * Which faults are injected, decided by the seed alone. How the cluster reacts also depends on the timing of processes, disks
 * and sockets, so a seed replays the faults, not the run.
 */

import type { Random } from '../../src/sim/world/random.ts';

export interface PlannedFault<Kind extends string> {
  readonly kind: Kind;
  /** After the previous fault was injected. */
  readonly pauseMs: number;
  /** Which node, counted from 0. */
  readonly victim: number;
  /** Whether it strikes the leader instead, among nodes that elect. */
  readonly isForLeader: boolean;
  readonly durationMs: number;
  /** For the other random choices of a fault. */
  readonly seed: number;
}

/** Endless. Each round has every kind once, in random order, so that even a short run has all of them. */
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
