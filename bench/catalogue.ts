/** All scenarios, in the order in which they run. */

import type { Scenario } from './scenario.ts';
import { batches } from './scenarios/batches.ts';
import { catchUp } from './scenarios/catch-up.ts';
import { clients } from './scenarios/clients.ts';
import { delayed } from './scenarios/delayed.ts';
import { elections } from './scenarios/elections.ts';
import { eventLoop } from './scenarios/event-loop.ts';
import { failover } from './scenarios/failover.ts';
import { growth } from './scenarios/growth.ts';
import { idle } from './scenarios/idle.ts';
import { large } from './scenarios/large.ts';
import { oneWriter } from './scenarios/one-writer.ts';
import { reading } from './scenarios/reading.ts';
import { security } from './scenarios/security.ts';
import { single } from './scenarios/single.ts';
import { throughFollower } from './scenarios/through-follower.ts';

export const scenarios: readonly Scenario[] = [
  single,
  batches,
  oneWriter,
  large,
  reading,
  catchUp,
  delayed,
  eventLoop,
  clients,
  idle,
  throughFollower,
  elections,
  security,
  failover,
  growth,
];
