/** The members' wall clocks at this moment, extrapolated from when each was last reported. */

import { majorityOf } from '../model/members.ts';
import type { Member } from '../model/members.ts';
import type { NodeContext } from '../node/context.ts';
import type { Peer } from '../node/peers.ts';
import type { Clocks } from './log-dates.ts';

export function clocksOf(
  { now, wallClock }: NodeContext,
  members: readonly Member[],
  whoIs: (member: Member) => Peer | 'self' | undefined,
): Clocks {
  const known: number[] = [];
  for (const member of members) {
    const who = whoIs(member);
    if (who === 'self') known.push(wallClock);
    else if (who?.clock !== undefined) known.push(who.clock.wallClock + (now - who.clock.at));
  }
  return { memberCount: members.length, majority: majorityOf(members.length), known };
}
