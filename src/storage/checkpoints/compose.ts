/**
 * A new checkpoint, made of the one before it and of what the indexes of the segments between the two bases say. So it is a
 * function of the log alone, and can be made again after a crash, as long as those segments are there.
 */

import type { BasePlan } from '../../core/model/checkpoint.ts';
import { encodeHead, slicesOf } from '../format/checkpoint-format.ts';
import { identitiesOf, keysOf } from './key-range.ts';
import type { PickKeys } from './key-range.ts';

/** The packed keys and identities of a part of the log, piece by piece. Bytes are valid until the next piece is asked for. */
export interface KeyPart {
  readonly keys: () => AsyncIterable<Buffer> | Iterable<Buffer>;
  readonly identities: () => AsyncIterable<Buffer> | Iterable<Buffer>;
}

/** @param parts - in the order of the log, from the base before on */
export async function* compose(plan: BasePlan, parts: readonly KeyPart[]): AsyncGenerator<Buffer> {
  yield encodeHead(plan);
  yield* slicesOf(
    picked(
      parts.map(({ keys }) => keys),
      keysOf(plan),
    ),
  );
  yield* slicesOf(
    picked(
      parts.map(({ identities }) => identities),
      identitiesOf(plan),
    ),
  );
}

async function* picked(sources: readonly KeyPart['keys'][], pick: PickKeys): AsyncGenerator<Buffer> {
  for (const source of sources) {
    for await (const piece of source()) {
      const keys = pick(piece);
      if (keys.length > 0) yield keys;
    }
  }
}
