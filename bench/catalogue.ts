/** All scenarios, in the order in which they run. */

import type { Scenario } from './scenario.ts';
import { batches } from './scenarios/batches.ts';
import { large } from './scenarios/large.ts';
import { oneWriter } from './scenarios/one-writer.ts';
import { single } from './scenarios/single.ts';

export const scenarios: readonly Scenario[] = [single, batches, oneWriter, large];
