/**
 * The identity of a forwarded append that has no idempotency key: the node that forwarded it, and a number that this node uses
 * only once. With it the append may be sent again, to the same leader or the next one, as if it had a key.
 *
 * In a batch it takes the place of a key. Its digest is all zeros, which distinguishes it: in a computed digest, 128 bits would
 * have to be zero by chance. A version that does not know identities reads it as a key that is never sent again.
 */

import { assert } from './assert.ts';
import { fingerprintBytes } from './batch.ts';
import type { AppendKey } from './batch.ts';
import type { LeaderHint } from './messages.ts';

export interface ForwardIdentity {
  /** One start of one node: 48 random bits. */
  readonly forwarder: number;
  /** Counts the appends that this node forwarded, from 0. */
  readonly number: number;
}

/** A leader to which requests are forwarded. */
export interface KnownLeader extends LeaderHint {
  /** Whether an append with an identity may be sent to it again. */
  readonly remembersForwards: boolean;
  /** Whether it takes appends that are forwarded in one request. */
  readonly takesForwardsTogether: boolean;
}

/** How much a node remembers of forwarded appends. */
export interface ForwardLimits {
  readonly windowMs: number;
  /** A power of two. */
  readonly ofForwarderMax: number;
  /** For all forwarders together, not counting the smallest ring of each of the `forwardersMax`. */
  readonly appendsMax: number;
  readonly forwardersMax: number;
}

/** The window is longer than the ten minutes that an append may wait, after which it is never sent again. */
export const forwardLimits: ForwardLimits = {
  windowMs: 15 * 60_000,
  ofForwarderMax: 16_384,
  appendsMax: 131_072,
  forwardersMax: 512,
};

/** One past the largest forwarder and the largest number. */
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
