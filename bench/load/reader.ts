/**
 * The process of the readers: that many readers, each of which gets `/messages` as NDJSON from the beginning, once or
 * again and again until told to stop. Bytes are counted and discarded.
 */

import { openSocket } from './socket-lane.ts';

export interface ReadPlan {
  readonly port: number;
  readonly readers: number;
  readonly isRepeated: boolean;
}

export interface ReadResult {
  /** Complete answers, and how long each took. */
  readonly reads: readonly { readonly bytes: number; readonly ms: number }[];
}

const lastChunk = '0\r\n\r\n';
let isStopping = false;

async function readOnce(port: number): Promise<{ readonly bytes: number; readonly ms: number }> {
  const startedAt = performance.now();
  const done = Promise.withResolvers<void>();
  let bytes = 0;
  let head = '';
  let tail = '';
  const socket = await openSocket(port, {
    onData: (chunk) => {
      if (bytes === 0) head = chunk.toString('latin1', 0, 200);
      bytes += chunk.length;
      tail = (tail + chunk.toString('latin1', Math.max(0, chunk.length - lastChunk.length))).slice(-lastChunk.length);
    },
    onClosed: () => done.resolve(),
  });
  socket.write('GET /messages HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/x-ndjson\r\nConnection: close\r\n\r\n');
  await done.promise;
  if (!head.startsWith('HTTP/1.1 200')) throw new Error(`a reader got this answer: ${head}`);
  if (tail !== lastChunk) throw new Error(`an answer to a reader broke off after ${bytes} bytes`);
  return { bytes, ms: performance.now() - startedAt };
}

async function read({ port, readers, isRepeated }: ReadPlan): Promise<ReadResult> {
  const reads: { readonly bytes: number; readonly ms: number }[] = [];
  const one = async (): Promise<void> => {
    reads.push(await readOnce(port));
    if (isRepeated && !isStopping) await one();
  };
  await Promise.all(Array.from({ length: readers }, one));
  return { reads };
}

process.on('message', (command: ReadPlan | 'stop') => {
  if (command === 'stop') isStopping = true;
  else
    read(command).then(
      (result) => process.send?.({ result }),
      (error: unknown) => process.send?.({ why: String(error) }),
    );
});
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => undefined);
