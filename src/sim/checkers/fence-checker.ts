/** What must be true of appends that are only for one epoch. Each such message says for which. */

import type { LogError } from '../../api/problems.ts';
import { claim } from '../world/claim.ts';
import type { SimEntry } from '../world/shadowed-log.ts';

const fencedEntry = /^"only in epoch (\d+): .* of epoch (\d+)$/;

export function fencedText(ifEpoch: number, text: string): string {
  return `only in epoch ${ifEpoch}: ${text}`;
}

/** A node holds this entry durably. */
export function checkStored(node: string, entry: SimEntry): void {
  const [, ifEpoch, epoch] = fencedEntry.exec(entry) ?? [];
  claim(ifEpoch === epoch, () => `what is only for one epoch is stored in no other one: ${node} has ${entry}`);
}

interface Fenced {
  readonly message: string;
  readonly ifEpoch: number | undefined;
  /** An epoch in which something was committed before it was asked for. */
  readonly laterThan: number;
  readonly attempts: number;
}

/** It was acknowledged. A retry may get the answer of a time when its epoch still led. */
export function checkAcknowledged({ message, ifEpoch, laterThan, attempts }: Fenced, epoch: number): void {
  if (ifEpoch === undefined) return;
  claim(epoch === ifEpoch, () => `${message} is acknowledged in its epoch only, and not in ${epoch}`);
  claim(
    attempts > 1 || laterThan <= ifEpoch,
    () => `an epoch that is over takes no more of its own: ${message} was asked for when ${laterThan} had committed something`,
  );
}

/** @param isLasting - it was acknowledged before, in a way that no failure may undo */
export function checkRefused(
  { message, ifEpoch, isLasting }: Pick<Fenced, 'message' | 'ifEpoch'> & { readonly isLasting: boolean },
  { facts, message: why }: LogError,
): void {
  const epoch = Number(facts['epoch']);
  claim(ifEpoch !== undefined && epoch !== ifEpoch, () => `only what is for another epoch is refused for it: ${message}, ${why}`);
  claim(!isLasting || epoch < ifEpoch, () => `a known key is answered, whichever epoch leads: ${message}, ${why}`);
}
