/**
 * The planted bugs: what a tired colleague could have written. `npm run sim:mutants` runs them, and mutants.test.ts
 * checks that each still applies. There is one file per subject.
 */

import type { Mutant } from './mutant.ts';
import { clocks } from './clocks.ts';
import { counting } from './counting.ts';
import { elections } from './elections.ts';
import { epochs } from './epochs.ts';
import { fencing } from './fencing.ts';
import { forgetting } from './forgetting.ts';
import { forwarding } from './forwarding.ts';
import { hangs } from './hangs.ts';
import { indexes } from './indexes.ts';
import { keyed } from './keyed.ts';
import { matching } from './matching.ts';
import { trimming } from './trimming.ts';
import { reads } from './reads.ts';

export const mutants: readonly Mutant[] = [
  ...counting,
  ...epochs,
  ...matching,
  ...reads,
  ...clocks,
  ...hangs,
  ...indexes,
  ...keyed,
  ...fencing,
  ...forwarding,
  ...forgetting,
  ...elections,
  ...trimming,
];
