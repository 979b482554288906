/** Asks a node for its health. */

import type { Status } from '../client/index.ts';
import { CliError } from './cli-error.ts';
import { clientOf, orFail } from './log-client.ts';
import type { Via } from './patient-fetch.ts';

/** A node answers this within a second, whatever else it does. */
const silenceMs = 4000;

/** @throws CliError */
export async function healthAt(url: string, via: Via = {}): Promise<Status> {
  return orFail(clientOf(url, via).status({ silenceMs }));
}

/** The health of the leader, which knows best how far the log is and how the others are; or else of the node that was asked. */
export async function asLeaderSees(health: Status): Promise<Status> {
  if (health.leader === null || health.leader.id === health.server_id) return health;
  try {
    return await healthAt(health.leader.url);
  } catch (error) {
    if (error instanceof CliError) return health;
    throw error;
  }
}

/** The first entry that is kept. An older node keeps everything, and does not say where its log begins. */
export function firstOffsetIn({ firstOffset }: { readonly firstOffset?: number }): number {
  return firstOffset ?? 0;
}
