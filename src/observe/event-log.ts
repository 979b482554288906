/** Writes to a node's log what it does: the core's log events at their levels, each append at `debug`. */

import type { Logger } from 'pino';
import type { DriverObserver } from '../driver/observer.ts';

export function eventLog(log: Logger): DriverObserver {
  return {
    logged: ({ level, event, facts }) => log[level](facts, event),
    placed: ({ appends }) => {
      if (!log.isLevelEnabled('debug')) return;
      for (const { offset, entryCount, w } of appends) log.debug({ offset, count: entryCount, w }, 'append.received');
    },
    flushed: ({ end, ms }) => log.debug({ end, ms: round(ms) }, 'batch.stored'),
    acknowledged: ({ follower, end, ms }) => log.debug({ follower, end, ms: round(ms) }, 'follower.acknowledged'),
    answered: ({ offset, acks, ms, code }) => {
      if (!log.isLevelEnabled('debug')) return;
      if (code === undefined) log.debug({ offset, acks, ms: round(ms) }, 'append.answered');
      else log.debug({ code, offset, acks, ms: round(ms) }, 'append.refused');
    },
  };
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
