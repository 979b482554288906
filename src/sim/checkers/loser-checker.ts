/**
 * Checks how named nodes compete while the coordinator decides nothing new: a candidate that lost does not depose a leader
 * that it hears, and campaigns again once that leader is gone.
 */

import type { ReplicaEvent } from '../../core/model/events.ts';
import { claim } from '../world/claim.ts';
import type { SimNode } from '../world/sim-node.ts';
import type { World } from '../world/world.ts';

/** A node takes its leader for gone after three seconds by its own clock, which may be a tenth too fast or too slow. */
const surelyHeardMs = 2700;
const surelyGoneMs = 4000;

interface Standing {
  isNamed: boolean;
  /** Since it was named last, or started. */
  campaigns: number;
  /** It lost a campaign, and follows. */
  hasYielded: boolean;
  /** When its last campaign began. */
  campaignedAt: number;
  /** When a leader of the epoch that it promised spoke last. */
  heardAt: number;
  /** The same for a leader that it follows: if it promised that epoch to another node, it refuses the leader. */
  obeyedAt: number;
  /** When its process last did not run, or was about to end. */
  pausedAt: number;
}

export class LoserChecker {
  readonly #world: World;
  readonly #standings = new Map<SimNode, Standing>();

  constructor(world: World) {
    this.#world = world;
  }

  heard(node: SimNode, event: ReplicaEvent): void {
    const standing = this.#of(node);
    if (event.kind === 'leadershipOffered') Object.assign(standing, { isNamed: true, campaigns: 0, hasYielded: false });
    else if (event.kind === 'leadershipWithdrawn') Object.assign(standing, { isNamed: false, hasYielded: false });
    else if (event.kind === 'messageReceived' && isOfLeader(event.message.kind)) {
      if (event.message.epoch !== node.replica?.promisedEpoch) return;
      standing.heardAt = this.#world.now;
      if (event.message.kind !== 'lead') standing.obeyedAt = this.#world.now;
    }
  }

  logged(node: SimNode, what: string): void {
    const standing = this.#of(node);
    switch (what) {
      case 'started':
        this.#standings.set(node, newcomer());
        break;
      case 'cluster.yielded': // Blank again, and so a newcomer.
        standing.campaigns = 0;
        break;
      case 'leader.followed':
        standing.heardAt = this.#world.now;
        standing.obeyedAt = this.#world.now;
        standing.hasYielded = standing.isNamed && standing.campaigns > 0;
        break;
      case 'leader.deposed': // It stays down until it is named again.
        Object.assign(standing, { isNamed: false, hasYielded: false });
        break;
      case 'campaign.started':
        this.#campaigned(node, standing);
        break;
      default:
    }
  }

  check(node: SimNode): void {
    const standing = this.#standings.get(node);
    if (standing?.hasYielded !== true || !node.isUp) return;
    const { now } = this.#world;
    if (node.isPaused || node.isStopping) standing.pausedAt = now;
    const isDue = now - Math.max(standing.heardAt, standing.pausedAt) >= surelyGoneMs;
    // A node without room for a first batch does not campaign until it has room.
    if (isDue && node.replica?.status().canStore === false) standing.pausedAt = now;
    const silentMs = now - Math.max(standing.heardAt, standing.pausedAt);
    claim(silentMs < surelyGoneMs, () => `a candidate that lost campaigns again when its leader is gone, and ${node.id} does not`);
  }

  #campaigned(node: SimNode, standing: Standing): void {
    const { now } = this.#world;
    const hasLost = standing.campaigns > 0 && standing.obeyedAt > standing.campaignedAt;
    const silentMs = now - standing.obeyedAt;
    claim(
      !hasLost || silentMs >= surelyHeardMs,
      () => `a candidate that lost deposes no leader that it hears: ${node.id} campaigns, and heard its leader ${silentMs} ms ago`,
    );
    standing.campaigns += 1;
    standing.campaignedAt = now;
    standing.hasYielded = false;
  }

  #of(node: SimNode): Standing {
    let standing = this.#standings.get(node);
    if (standing === undefined) {
      standing = newcomer();
      this.#standings.set(node, standing);
    }
    return standing;
  }
}

function newcomer(): Standing {
  const never = Number.NEGATIVE_INFINITY;
  return { isNamed: false, campaigns: 0, hasYielded: false, campaignedAt: never, heardAt: never, obeyedAt: never, pausedAt: never };
}

function isOfLeader(kind: string): boolean {
  return kind === 'lead' || kind === 'match' || kind === 'replicate' || kind === 'heartbeat';
}
