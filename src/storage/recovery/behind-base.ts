/** The part of a segment that lies at or behind the base: what comes before is known from the checkpoint. */

import type { KeySource, LogPart } from '../../core/model/log-part.ts';
import type { BatchNumber } from '../../core/model/numbers.ts';
import type { LogPoint } from '../../core/model/place.ts';

export function behindBase(part: LogPart, base: LogPoint): LogPart {
  if (part.start.number >= base.number) return part;
  const isBehind = (placed: { readonly number: BatchNumber }): boolean => placed.number >= base.number;
  const { epochs, lists, controls, end, lastTimestamp, lastAge, committedEnd } = part;
  return {
    start: base,
    end,
    epochs: epochs.filter(isBehind),
    lists: lists.filter(isBehind),
    controls: controls.filter(isBehind),
    ...{ lastTimestamp, lastAge, committedEnd },
  };
}

export function keysBehind(keys: KeySource, base: LogPoint): KeySource {
  if (base.number === 0) return keys;
  return {
    count: keys.count,
    visit: (take) =>
      keys.visit((key, place) => {
        if (place.number >= base.number) take(key, place);
      }),
  };
}
