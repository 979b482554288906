/** Fills a log with that many messages, in batches, as fast as possible. */

import type { LoadResult } from './load/plan.ts';
import type { Context } from './scenario.ts';
import type { OurCluster } from './systems/our-cluster.ts';

const lanes = 8;
const requestBytes = 512 * 1024;

export async function fill(
  context: Context,
  cluster: OurCluster,
  { messages, messageBytes }: { readonly messages: number; readonly messageBytes: number },
): Promise<LoadResult> {
  const messagesPerRequest = Math.max(1, Math.min(1000, Math.floor(requestBytes / messageBytes), Math.ceil(messages / lanes)));
  return context.load({
    target: cluster.target,
    lanes,
    messagesPerRequest,
    messageBytes,
    warmupMs: 0,
    windowMs: undefined,
    requestsPerLaneMax: Math.ceil(messages / (lanes * messagesPerRequest)),
  });
}
