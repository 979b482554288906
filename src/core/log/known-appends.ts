/** Which appends a log holds, by the clients' keys and by the forwarders' identities, each in an index of its own. */

import type { AppendKey, PlacedKey } from '../model/batch.ts';
import { defaultIdempotencyWindowMs } from '../model/control.ts';
import type { Retention } from '../model/control.ts';
import { identityOf, isIdentity } from '../model/forward-identity.ts';
import type { KeyPlace, KeySource } from '../model/log-part.ts';
import type { BatchNumber, LogAge, Offset } from '../model/numbers.ts';
import { ForwardedAppends } from './forwarded-appends.ts';
import { IdempotencyIndex } from './idempotency-index.ts';
import type { IdempotencyLimits } from './idempotency-index.ts';
import type { AppendIndex, KnownAppend } from '../model/append-index.ts';

export class KnownAppends implements AppendIndex {
  readonly #keys: IdempotencyIndex;
  readonly #forwarded = new ForwardedAppends();

  constructor(limits: IdempotencyLimits) {
    this.#keys = new IdempotencyIndex(limits);
  }

  get newestForwarded(): BatchNumber {
    return this.#forwarded.newest;
  }

  get keyCount(): number {
    return this.#keys.size;
  }

  firstKeyOffset(lastAge: LogAge): Offset | undefined {
    return this.#keys.firstOffset(lastAge);
  }

  evict(committedEnd: Offset): void {
    this.#keys.evict(committedEnd);
  }

  find(key: AppendKey, lastAge: LogAge): KnownAppend | 'forgotten' | undefined {
    const identity = identityOf(key);
    if (identity !== undefined) return this.#forwarded.find(identity, key.entryCount);
    return this.#keys.find(key, lastAge);
  }

  keepFor(retention: Retention | undefined): void {
    if (retention !== undefined) this.#keys.setWindow(retention.idempotencyWindowMs ?? defaultIdempotencyWindowMs);
  }

  add(key: PlacedKey, place: KeyPlace): void {
    if (isIdentity(key)) this.#forwarded.add(key, place);
    else this.#keys.add(key, place);
  }

  /** One by one, so that no more keys are held at a time than the window has. */
  restore(source: KeySource, committedEnd: Offset): void {
    source.visit((key, place) => {
      this.add(key, place);
      this.#keys.evict(committedEnd);
    });
  }

  restoreForwarded(identities: KeySource): void {
    identities.visit((key, place) => this.#forwarded.add(key, place));
  }

  cut(end: Offset): void {
    this.#keys.cut(end);
    this.#forwarded.cut(end);
  }
}
