/** The beginning of a list: what a reader is told of it before its first piece goes out must be true of that piece. */

import type { Offset } from '../../core/model/numbers.ts';
import type { Driver } from '../../driver/driver.ts';
import { logHeaders } from './log-mark.ts';
import type { ResumePoint } from './resume-point.ts';
import { startOf, trimmedAt } from './trimmed.ts';

interface BeginningNode {
  readonly driver: Pick<Driver, 'clusterId' | 'firstOffset'>;
}

interface BegunList {
  readonly pieces: AsyncIterable<Buffer>;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Reads the first piece of a list before anything is said of it. A trim may come in between: a reader that did not say where it
 * begins then begins with what is there after that.
 * @throws LogError
 */
export async function begun(
  node: BeginningNode,
  place: ResumePoint,
  listFrom: (start: Offset) => AsyncGenerator<Buffer>,
): Promise<BegunList> {
  for (;;) {
    const start = startOf(node, place);
    const headers = logHeaders(node.driver);
    const list = listFrom(start);
    try {
      const first = await list.next();
      return { pieces: first.done === true ? list : joined(first.value, list), headers };
    } catch (error) {
      if (place.start !== undefined || trimmedAt(node, start) === undefined) throw error;
    }
  }
}

async function* joined(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}
