/**
 * A service with a node in it, as a process of its own: it appends numbers that nobody else has, so many at a time, and tells its
 * parent of each that is stored or has failed. `argv`: the URLs of all nodes, which of them it is, its folder, its name.
 */

import { startNode } from '../../src/embed/index.ts';

/** What it tells. */
export type Said =
  | { readonly kind: 'ready' }
  | { readonly kind: 'stored'; readonly message: string; readonly offset: number }
  | { readonly kind: 'failed'; readonly message: string; readonly code: string };

const writers = 16;
/** It tells what happened in this long at once. */
const tellEveryMs = 20;

const [urls = '', index = '0', dataDir = '', name = ''] = process.argv.slice(2);
const nodes = urls.split(',');
const url = nodes[Number(index)] ?? '';
const node = await startNode({ id: `s${index}`, url, nodes, dataDir, electionTimeoutMs: 1000, logLevel: 'warn' });
await node.ready();

let said: Said[] = [{ kind: 'ready' }];
const tell = (): void => {
  if (said.length > 0) process.send?.(said);
  said = [];
};
setInterval(tell, tellEveryMs).unref();

let count = 0;
const stopping = new AbortController();
const work = Promise.all(
  Array.from({ length: writers }, async () => {
    while (!stopping.signal.aborted) {
      count += 1;
      const message = `${name}-${count}`;
      try {
        const { offset } = await node.append(message);
        said.push({ kind: 'stored', message, offset });
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
        said.push({ kind: 'failed', message, code });
      }
    }
  }),
);

process.on('SIGTERM', () => {
  stopping.abort();
  void work
    .then(() => node.stop())
    .then(() => {
      tell();
      process.disconnect();
    });
});
