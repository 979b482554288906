/** A new cluster from this node's log alone, because an operator decided that the others are gone for good. */

import type { ClusterId, RequestId } from './model/numbers.ts';
import type { NodeContext } from './node/context.ts';
import type { Roles } from './roles.ts';

export function forceCluster(requestId: RequestId, { context, roles }: { readonly context: NodeContext; readonly roles: Roles }): void {
  const { options, out, outline } = context;
  const { leader } = roles;
  // Any of several equal nodes may be the one to keep, as long as no node leads.
  const mayKeep = roles.isSeekingOrLeading || (options.foundsWithAll && roles.hint === undefined);
  if (!mayKeep) {
    out.fail(requestId, 'not-leader', 'start the node to keep as the master first');
  } else if (leader?.followers.health.hasQuorum === true && leader.isMarkerCommitted) {
    out.fail(requestId, 'quorum-present', 'a majority of the members is there: remove without force');
  } else if (!outline.hasLog) {
    out.fail(requestId, 'not-found', 'this node has no log to start a new cluster from');
  } else {
    const from: ClusterId | null = context.clusterId;
    const to = context.drawClusterId();
    out.emit('warn', 'cluster.forced', { from, to, dropped: outline.list?.members.map((member) => member.id) });
    roles.force(to);
    out.reply({ kind: 'clusterForced', requestId, clusterId: to });
  }
}
