/** Tells what a node does: the story of the cluster at `info` and above, each append at `debug`. */

import type { Logger } from 'pino';
import type { DriverObserver } from '../driver/driver.ts';
import { printableValue } from './printable.ts';

export function tellStory(log: Logger): DriverObserver {
  return {
    // Names, addresses and reasons of others are among the facts.
    notice: ({ level, event, facts }) => log[level](printableValue(facts), event),
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

/** Several observers as one. */
export function observeAll(observers: readonly DriverObserver[]): DriverObserver {
  return {
    notice: (notice) => {
      for (const observer of observers) observer.notice(notice);
    },
    placed: (placed) => {
      for (const observer of observers) observer.placed(placed);
    },
    flushed: (flush) => {
      for (const observer of observers) observer.flushed(flush);
    },
    acknowledged: (acknowledgement) => {
      for (const observer of observers) observer.acknowledged(acknowledgement);
    },
    answered: (answer) => {
      for (const observer of observers) observer.answered(answer);
    },
  };
}
