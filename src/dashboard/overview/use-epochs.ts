/** Who led when, for components. It goes on while another view is open. */

import { useEffect, useState } from 'preact/hooks';
import { cluster } from '../data/use-cluster.ts';
import { EpochSpans } from './epoch-spans.ts';
import type { EpochSpan } from './epoch-spans.ts';
import { pageClock } from './use-appends.ts';

const spans = new EpochSpans();
cluster.subscribe(() => spans.take(cluster.view, pageClock()));

export function useEpochs(): readonly EpochSpan[] {
  const [shown, setShown] = useState(spans.all);
  useEffect(() => {
    const show = (): void => setShown(spans.all);
    show();
    return cluster.subscribe(show);
  }, []);
  return shown;
}
