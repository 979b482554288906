/** `rlog messages` */

import type { ReadLevel } from '../api/entries.ts';
import { entryTexts, messageIn } from './entries.ts';
import { countIn } from './log-client.ts';
import { print } from './print.ts';

interface MessagesOptions {
  readonly url: string;
  readonly from?: string;
  readonly limit?: string;
  readonly read?: string;
  readonly json?: boolean;
}

export async function messages({ url, from, limit, read, json }: MessagesOptions): Promise<void> {
  const options = {
    ...(from === undefined ? {} : { from: countIn(from) }),
    ...(limit === undefined ? {} : { limit: countIn(limit) }),
    ...(read === undefined ? {} : { level: read as ReadLevel }),
  };
  for await (const text of entryTexts(url, options)) await print([json === true ? text : messageIn(text), '\n']);
}
