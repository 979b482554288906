/** `rlog messages` */

import type { ReadLevel } from '../api/entries.ts';
import { nodeOf } from './any-node.ts';
import { entryTexts } from './entries.ts';
import { shaped } from './entry-shape.ts';
import type { EntryShape } from './entry-shape.ts';
import { countIn } from './log-client.ts';
import { print } from './print.ts';

interface MessagesOptions extends EntryShape {
  readonly url: string;
  readonly from?: string;
  readonly limit?: string;
  readonly read?: string;
}

export async function messages({ url, from, limit, read, ...shape }: MessagesOptions): Promise<void> {
  const options = {
    ...(from === undefined ? {} : { from: countIn(from) }),
    ...(limit === undefined ? {} : { limit: countIn(limit) }),
    ...(read === undefined ? {} : { level: read as ReadLevel }),
  };
  for await (const text of entryTexts(await nodeOf(url), options)) await print([shaped(text, shape), '\n'], { isExact: shape.raw });
}
