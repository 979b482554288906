/** Who led when, for components. It goes on while another view is open. */

import { cluster } from '../data/use-cluster.ts';
import { useStore } from '../data/use-store.ts';
import { EpochSpans } from './epoch-spans.ts';
import type { EpochSpan } from './epoch-spans.ts';
import { pageClock } from './use-appends.ts';

const spans = new EpochSpans();
cluster.subscribe(() => spans.take(cluster.view, pageClock()));

export function useEpochs(): readonly EpochSpan[] {
  // It was told before, so the spans are up to date.
  return useStore(cluster, () => spans.all);
}
