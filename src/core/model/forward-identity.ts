/**
 * What a forwarded append is known by that has no idempotency key: the node that passed it on, and a number which that node
 * gives once. So it may be sent again, to the same leader or the next one, as if it had a key.
 *
 * In a batch it lies where a key does, and is told from one by its digest, which is all zeros: of a digest that was
 * computed, 128 bits would have to be zero by chance. What reads keys and knows no identities takes it for a key that
 * nobody sends again.
 */

import { assert } from './assert.ts';
import { fingerprintBytes } from './batch.ts';
import type { AppendKey } from './batch.ts';
import type { LeaderHint } from './messages.ts';

export interface ForwardIdentity {
  /** Of one start of one node, drawn from 48 bits. */
  readonly forwarder: number;
  /** Counts what that node passed on, from 0. */
  readonly number: number;
}

/** A leader as requests are passed on to it. */
export interface KnownLeader extends LeaderHint {
  /** Whether an append that has an identity may be sent to it again. */
  readonly remembersForwards: boolean;
}

/** What of forwarded appends is remembered. */
export interface ForwardLimits {
  readonly windowMs: number;
  /** A power of two. */
  readonly ofForwarderMax: number;
  /** In all, beside the smallest ring for each of `forwardersMax`. */
  readonly appendsMax: number;
  readonly forwardersMax: number;
}

/** An append waits for ten minutes at most, and is not sent again after that. */
export const forwardLimits: ForwardLimits = {
  windowMs: 15 * 60_000,
  ofForwarderMax: 16_384,
  appendsMax: 131_072,
  forwardersMax: 512,
};

/** One past the largest forwarder, and the largest number. */
export const identityPartsEnd = 2 ** 48;

const numberAt = 8;
const noDigest = new Uint8Array(fingerprintBytes);

export function keyOfIdentity({ forwarder, number }: ForwardIdentity, entryCount: number): AppendKey {
  assert(forwarder >= 0 && forwarder < identityPartsEnd && number >= 0 && number < identityPartsEnd, 'an identity has two times 48 bits');
  const fingerprint = new Uint8Array(fingerprintBytes);
  write48(fingerprint, forwarder, 0);
  write48(fingerprint, number, numberAt);
  return { fingerprint, digest: noDigest, entryCount };
}

/** @returns `undefined` for a key that a client sent */
export function identityOf({ fingerprint, digest }: Pick<AppendKey, 'fingerprint' | 'digest'>): ForwardIdentity | undefined {
  if (!isIdentity({ digest })) return undefined;
  return { forwarder: read48(fingerprint, 0), number: read48(fingerprint, numberAt) };
}

export function isIdentity({ digest }: Pick<AppendKey, 'digest'>): boolean {
  if (digest === noDigest) return true;
  for (let i = 0; i < fingerprintBytes; i += 1) if (digest[i] !== 0) return false;
  return true;
}

function write48(bytes: Uint8Array, value: number, position: number): void {
  let rest = value;
  for (let i = 0; i < 6; i += 1) {
    bytes[position + i] = rest % 0x100;
    rest = Math.floor(rest / 0x100);
  }
}

function read48(bytes: Uint8Array, position: number): number {
  let value = 0;
  for (let i = 5; i >= 0; i -= 1) value = value * 0x100 + (bytes[position + i] ?? 0);
  return value;
}
