/**
 * How many descriptors (files and connections) this process may have, and what they are for: connections of clients and
 * forwards must leave enough for the log, its readers and the other nodes, whoever connects.
 */

import { readFileSync, readdirSync } from 'node:fs';

/** Each connection costs some memory, however many descriptors there are. */
const connectionsMax = 32_768;
const forwardsMax = 1024;
/** For segments, the state file, readers of the log, and streams to other nodes. */
const reserveMax = 64;

export interface DescriptorPlan {
  /** Of clients and other nodes to this one. */
  readonly connectionsMax: number;
  /** From this node to the leader. */
  readonly forwardsMax: number;
}

/** @param now - `limit`: `undefined` if there is none, or nobody knows; `used`: by what is always open */
export function planDescriptors(now: { readonly limit: number | undefined; readonly used: number }): DescriptorPlan {
  if (now.limit === undefined) return { connectionsMax, forwardsMax };
  const free = Math.max(6, now.limit - now.used);
  const shared = free - Math.min(reserveMax, Math.floor(free / 3));
  const forwards = Math.min(forwardsMax, Math.ceil(shared / 4));
  return { connectionsMax: Math.min(connectionsMax, shared - forwards), forwardsMax: forwards };
}

/** As it is now, of this process. */
export function descriptors(): { readonly limit: number | undefined; readonly used: number } {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? [];
    return { limit: soft === undefined ? undefined : Number(soft), used: readdirSync('/proc/self/fd').length };
  } catch {
    // Other systems say it in a report, which takes longer.
    const report = process.report.getReport() as { readonly userLimits?: { readonly open_files?: { readonly soft?: unknown } } };
    const soft = report.userLimits?.open_files?.soft;
    const limit = Number(soft);
    return { limit: soft === undefined || !Number.isFinite(limit) ? undefined : limit, used: usedElsewhere };
  }
}

/** By a node that has just started, about. */
const usedElsewhere = 32;
