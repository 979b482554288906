/** Forwards an HTTP request to the leader, unless too many are waiting for the leader here already. */

import { forwardToLeader } from './forwarding.ts';
import type { Forwarded, ForwardingNode } from './forwarding.ts';
import type { LeaderClient, LeaderRequest } from './leader-client.ts';

/** What forwarding over HTTP needs of its node. */
export interface HttpForwardingNode extends ForwardingNode<LeaderRequest, unknown> {
  readonly leaderCaller: LeaderClient;
}

/**
 * @returns the JSON of the leader's answer
 * @throws LogError
 */
export async function forwardRequest(node: HttpForwardingNode, forwarded: Forwarded<LeaderRequest>): Promise<unknown> {
  const leave = node.leaderCaller.admit(forwarded.call.body?.length ?? 0);
  try {
    return await forwardToLeader(node, forwarded);
  } finally {
    leave();
  }
}
