/** Asks a node for its health. */

import type { Status } from '../client/index.ts';
import { clientOf, orFail } from './log-client.ts';
import type { Via } from './patient-fetch.ts';

/** A node answers this within a second, whatever else it does. */
const silenceMs = 4000;

/** @throws CliError */
export async function healthAt(url: string, via: Via = {}): Promise<Status> {
  return orFail(clientOf(url, via).status({ silenceMs }));
}
