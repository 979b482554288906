/**
 * Decides what becomes of an append whose messages have keys of their own: pure. The messages whose keys are known keep
 * their places, the others get the next offsets, all or none of them. So a key that was used for another message refuses
 * the append as a whole, before anything of it is in the batch.
 *
 * Invariant: a key gets at most one offset, however often it is in the append.
 */

import type { AppendKey, PlacedKey } from '../model/batch.ts';
import { offset } from '../model/numbers.ts';
import type { BatchNumber, Epoch, Offset } from '../model/numbers.ts';
import type { MessagePlaces } from '../model/events.ts';

export interface MessagePlace {
  readonly offset: Offset;
  readonly number: BatchNumber;
  readonly epoch: Epoch;
}

export interface SpreadAppend {
  readonly places: MessagePlaces;
  /** Of the message that comes last in the log: every node that holds it holds all of them. */
  readonly newest: MessagePlace;
  /** The messages that go into the batch, by their index in the append, in order. */
  readonly picks: readonly number[];
  /** Their keys, in order; not all of them have one. */
  readonly keys: readonly PlacedKey[];
}

/** The message at `index` has a key that was used for another one. */
export interface ReusedKey {
  readonly index: number;
  /** Where the other message is. */
  readonly taken: Offset;
}

export interface SpreadSituation {
  /** Where the next new message goes. */
  readonly next: MessagePlace;
  /** The place of the message that was stored with this key, in the log or earlier in the batch. */
  readonly find: (key: AppendKey) => { readonly place: MessagePlace; readonly isSameMessage: boolean } | undefined;
  readonly nameOf: (key: AppendKey) => string;
  readonly isSame: (a: AppendKey, b: AppendKey) => boolean;
}

/** @param keys - one for each message, at least one */
export function spreadAppend(
  keys: readonly (AppendKey | undefined)[],
  { next, find, nameOf, isSame }: SpreadSituation,
): SpreadAppend | ReusedKey {
  const placedHere = new Map<string, PlacedKey>();
  const offsets: Offset[] = [];
  const epochs: Epoch[] = [];
  const picks: number[] = [];
  let newest: MessagePlace | undefined;
  for (const [index, key] of keys.entries()) {
    const here = key === undefined ? undefined : placedHere.get(nameOf(key));
    const known =
      key === undefined
        ? undefined
        : here === undefined
          ? find(key)
          : { place: { ...next, offset: here.offset }, isSameMessage: isSame(here, key) };
    if (known?.isSameMessage === false) return { index, taken: known.place.offset };
    const place = known?.place ?? { ...next, offset: offset(next.offset + picks.length) };
    if (known === undefined) {
      picks.push(index);
      if (key !== undefined) placedHere.set(nameOf(key), { ...key, offset: place.offset });
    }
    offsets.push(place.offset);
    epochs.push(place.epoch);
    if (newest === undefined || place.offset > newest.offset) newest = place;
  }
  const last = newest ?? next;
  const isOfOneEpoch = epochs.every((epoch) => epoch === last.epoch);
  return { places: { offsets, epochs: isOfOneEpoch ? undefined : epochs }, newest: last, picks, keys: [...placedHere.values()] };
}
