/** What `GET /health` says, as far as the commands need it. */

import { askOrFail } from './http-client.ts';

export interface HealthMember {
  readonly id: string;
  readonly url: string;
  readonly state: string;
  readonly health: string | null;
  readonly durableEnd: number | null;
  readonly lagEntries: number | null;
  readonly lagMs: number | null;
}

export interface HealthJson {
  readonly status: string;
  readonly server_id: string;
  readonly message_count: number;
  readonly role: string;
  readonly cluster: string | null;
  readonly epoch: number;
  readonly leader: { readonly id: string; readonly url: string } | null;
  readonly deposedBy: { readonly id: string; readonly url: string } | null;
  readonly ends: { readonly logEnd: number; readonly durableEnd: number; readonly committedEnd: number; readonly visibleEnd: number };
  readonly members: readonly HealthMember[];
  readonly waitingFor: readonly string[];
}

/** A node answers this within a second, whatever else it does. */
const silentMsMax = 4000;

/** @throws CliError */
export async function healthOf(url: string): Promise<HealthJson> {
  return (await askOrFail(url, '/health', { silentMsMax })) as HealthJson;
}
