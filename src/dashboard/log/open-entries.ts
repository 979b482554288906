/** Opens the entries of a node as text that streams here, one entry per line. */

import { ndjsonMediaType } from '../../api/media-types.ts';
import { messagesPath, pathOfNode } from '../../api/paths.ts';
import { fetchNatively } from '../data/api.ts';
import { problemFrom } from '../data/problem.ts';

export interface EntriesRequest {
  readonly nodeId: string;
  /** Offset of the first. */
  readonly from: number;
  /** So many at most; all that there are, if it is left out. */
  readonly limit?: number;
  readonly signal: AbortSignal;
}

/** @returns `undefined` if the answer has no body. @throws Problem; an error of `fetch` */
export async function openEntries({
  nodeId,
  from,
  limit,
  signal,
}: EntriesRequest): Promise<ReadableStreamDefaultReader<string> | undefined> {
  const many = limit === undefined ? '' : `&limit=${limit}`;
  const path: `/${string}` = `${pathOfNode(nodeId, messagesPath)}?from=${from}${many}`;
  const response = await fetchNatively(path, { headers: { accept: ndjsonMediaType }, signal });
  if (!response.ok) throw problemFrom(await response.text(), response.status);
  return response.body?.pipeThrough(new TextDecoderStream()).getReader();
}
