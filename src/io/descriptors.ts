/**
 * Divides the descriptors (files and connections) that this process may have: connections of clients and forwards must
 * leave enough for the log, its readers and the other nodes.
 */

import { readFileSync, readdirSync } from 'node:fs';

/** Upper bounds, because each connection costs some memory, however many descriptors there are. */
const connectionsMax = 32_768;
/** Fewer than what another node takes from one address, with room for the streams. */
const forwardsMax = 960;
/** Reserved for segments, the state file, readers of the log, and streams to other nodes. */
const reserveMax = 64;

export interface DescriptorPlan {
  /** Connections of clients and other nodes to this node. */
  readonly connectionsMax: number;
  /** Connections from this node to the leader. */
  readonly forwardsMax: number;
}

/**
 * @param now - `limit`: `undefined` if there is none, or it is unknown; `used`: by what is always open
 * @param wanted - how many connections the node may have at most, if somebody said so
 */
export function planDescriptors(
  now: { readonly limit: number | undefined; readonly used: number },
  wanted: number = connectionsMax,
): DescriptorPlan {
  if (now.limit === undefined) return { connectionsMax: wanted, forwardsMax };
  const free = Math.max(6, now.limit - now.used);
  const shared = free - Math.min(reserveMax, Math.floor(free / 3));
  const forwards = Math.min(forwardsMax, Math.ceil(shared / 4));
  return { connectionsMax: Math.min(wanted, shared - forwards), forwardsMax: forwards };
}

/** The limit of this process, and how many descriptors it uses now. */
export function descriptors(): { readonly limit: number | undefined; readonly used: number } {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? [];
    return { limit: soft === undefined ? undefined : Number(soft), used: readdirSync('/proc/self/fd').length };
  } catch {
    // On other systems the limit is in a report, which takes longer.
    const report = process.report.getReport() as { readonly userLimits?: { readonly open_files?: { readonly soft?: unknown } } };
    const soft = report.userLimits?.open_files?.soft;
    const limit = Number(soft);
    return { limit: soft === undefined || !Number.isFinite(limit) ? undefined : limit, used: usedElsewhere };
  }
}

/** A rough figure for a node that has just started. */
const usedElsewhere = 32;
