/** All experiments, in the order in which they teach most. */

import type { Experiment } from './experiment.ts';
import { blocking } from './blocking.ts';
import { catchingUp } from './catching-up.ts';
import { lostDisk } from './lost-disk.ts';
import { noQuorum } from './no-quorum.ts';
import { slowSecondary } from './slow-secondary.ts';
import { writeConcern } from './write-concern.ts';

export const experiments: readonly Experiment[] = [blocking, writeConcern, slowSecondary, catchingUp, lostDisk, noQuorum];
