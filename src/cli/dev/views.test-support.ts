/** Clusters as `rlog dev` may see them. */

import type { Health, Member } from '../../api/health.ts';
import { usualSettings } from '../../api/health.test-support.ts';
import type { ClusterView, NodeView } from './cluster-view.ts';

interface Described {
  readonly coordinator?: ClusterView['coordinator'];
  readonly ids?: readonly string[];
  /** `undefined`: nobody leads. */
  readonly leader?: string | undefined;
  readonly epoch?: number;
  readonly cluster?: string;
  /** By node: what is different about it. */
  readonly but?: Readonly<Record<string, Partial<NodeView>>>;
  readonly lagEntries?: number;
}

/** All is well, unless it says otherwise. */
export function viewOf({
  coordinator = 'elections',
  ids = ['n1', 'n2', 'n3'],
  leader,
  epoch = 1,
  cluster = 'c',
  but = {},
  lagEntries = 0,
}: Described): ClusterView {
  const members = ids.map(
    (id): Member => ({ id, url: urlOf(id), state: 'member', health: 'healthy', durableEnd: 7, lagEntries, lagMs: lagEntries * 1000 }),
  );
  const healthOf = (id: string): Health => ({
    status: 'healthy',
    server_id: id,
    message_count: 7,
    role: id === leader ? 'leader' : 'follower',
    node: id,
    cluster,
    storage: 's',
    epoch,
    leader: leader === undefined ? null : { id: leader, url: urlOf(leader), epoch },
    leaderSince: null,
    deposedBy: null,
    electable: true,
    notElectable: [],
    tolerates: 1,
    election: null,
    oldestAt: null,
    retention: { maxAgeMs: null, maxBytes: null, maxEntries: null, idempotencyWindowMs: 86_400_000 },
    firstOffset: 0,
    ends: { logEnd: 7, durableEnd: 7, committedEnd: 7, visibleEnd: 7 },
    members,
    waitingFor: [],
    waitingAppends: 0,
    canStore: true,
    diskStalled: null,
    datedAheadMs: 0,
    clockDoubtedMs: 0,
    disk: null,
    isRetentionHeld: false,
    settings: usualSettings,
    certificateEndsAt: null,
    startedAt: '',
    version: '0',
  });
  const nodes = ids.map((id): NodeView => {
    const kind = coordinator === 'elections' ? 'node' : id === 'master' ? 'master' : 'secondary';
    const usual = { id, kind, url: urlOf(id), isRunning: true, isPaused: false, isCutOff: false, delayMs: 0, pid: 1 } as const;
    const changed = { ...usual, ...but[id] };
    const answers = changed.isRunning && !changed.isPaused;
    return {
      ...changed,
      isStarting: changed.isStarting ?? false,
      health: answers && changed.isStarting !== true ? healthOf(id) : undefined,
    };
  });
  return { coordinator, nodes };
}

function urlOf(id: string): string {
  return `http://127.0.0.1:500${id.replaceAll(/\D/g, '') || '0'}`;
}

export const down = { isRunning: false, pid: null } as const;
