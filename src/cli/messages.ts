/** `rlog messages` */

import { entryLines, messageIn } from './entries.ts';
import { print } from './print.ts';

interface MessagesOptions {
  readonly url: string;
  readonly from?: string;
  readonly limit?: string;
  readonly read?: string;
  readonly json?: boolean;
}

export async function messages(options: MessagesOptions): Promise<void> {
  const query = new URLSearchParams();
  for (const name of ['from', 'limit', 'read'] as const) {
    const value = options[name];
    if (value !== undefined) query.set(name, value);
  }
  for await (const line of entryLines(options.url, query)) {
    await print([options.json === true ? line : messageIn(line), '\n']);
  }
}
