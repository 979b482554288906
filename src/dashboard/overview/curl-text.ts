/** The same append by hand. */

import type { WriteConcern } from '../../api/entries.ts';
import { jsonMediaType } from '../../api/media-types.ts';
import { messagesPath } from '../../api/paths.ts';

export function curlText(
  url: string,
  { json, w, timeoutMs }: { readonly json: string; readonly w: WriteConcern; readonly timeoutMs: number },
): string {
  const body = `{"message":${json},"w":${JSON.stringify(w)},"timeoutMs":${timeoutMs}}`;
  // In a shell, a quote inside quotes ends them, stands alone, and begins them again.
  return `curl -X POST ${url}${messagesPath} -H 'Content-Type: ${jsonMediaType}' -d '${body.replaceAll("'", String.raw`'\''`)}'`;
}
