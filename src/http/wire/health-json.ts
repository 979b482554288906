/** What `GET /health` says of a node, and its activity whenever that changes. */

import type { Health } from '../../api/health.ts';
import { conditionOf } from '../../core/status.ts';
import type { ReplicaStatus } from '../../core/status.ts';
import { version } from '../../api/version.ts';
import { memberJson } from './member-json.ts';

export function healthJson(status: ReplicaStatus): Health {
  return {
    status: conditionOf(status),
    server_id: status.id,
    message_count: status.visibleEnd,
    role: status.role,
    node: status.id,
    cluster: status.clusterId,
    storage: status.storageId,
    epoch: status.epoch,
    leader: status.leader ?? null,
    deposedBy: status.deposedBy ?? null,
    ends: {
      logEnd: status.logEnd,
      durableEnd: status.durableEnd,
      committedEnd: status.committedEnd,
      visibleEnd: status.visibleEnd,
    },
    members: status.members.map(memberJson),
    waitingFor: status.waitingFor,
    waitingAppends: status.waitingAppends,
    canStore: status.canStore,
    diskStalled: status.stall ?? null,
    datedAheadMs: status.datedAheadMs,
    clockDoubtedMs: status.clockDoubtedMs,
    version,
  };
}
