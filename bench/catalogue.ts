/** All scenarios, in the order in which they run. */

import type { Scenario } from './scenario.ts';
import { single } from './scenarios/single.ts';

export const scenarios: readonly Scenario[] = [single];
