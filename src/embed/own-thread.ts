/** A node in a thread of its own. */

import { getCompileCacheDir } from 'node:module';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { isSource, packageRoot } from '../io/package-root.ts';
import { NodeFailed, failureOf } from './node-failed.ts';
import type { Carrier, CarrierListener, OpenCarrier } from './carrier.ts';
import { endOfThread } from './inside/messages.ts';
import type { FromThread, Setup } from './inside/messages.ts';

/** How long a thread whose node has stopped may take to end by itself. */
const endsWithinMs = 1000;

const program = join(packageRoot(), isSource ? 'src/embed/inside/thread.ts' : 'dist/embed/inside/thread.js');

export const openThread: OpenCarrier = (setup: Setup, { told, failed }: CarrierListener): Promise<Carrier> => {
  const { config, logsToStdout } = setup;
  const compileCache = getCompileCacheDir();
  const worker = new Worker(program, { name: `rlog ${config.serverId}`, workerData: { config, logsToStdout, compileCache } });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const { promise, resolve, reject } = Promise.withResolvers<Carrier>();
  let isOver = false;
  /** Whatever the reason, once: before it has started as a rejection. */
  const end = (reason: ReturnType<typeof failureOf>): void => {
    if (isOver) return;
    isOver = true;
    reject(reason);
    void exited.then(() => failed(reason));
  };
  const carrier: Carrier = {
    ask: (asked) => {
      const { bytes } = asked;
      worker.postMessage(asked, bytes === undefined ? [] : [bytes.buffer as ArrayBuffer]);
    },
    ended: async () => {
      isOver = true;
      worker.postMessage(endOfThread, []);
      const timer = setTimeout(() => void worker.terminate(), endsWithinMs);
      await exited;
      clearTimeout(timer);
    },
    kill: async () => {
      end(new NodeFailed('Killed', 'the node was killed'));
      await worker.terminate();
    },
  };
  worker.on('message', (message: FromThread) => {
    if (message.kind === 'told') told(message.told);
    else if (message.kind === 'started') resolve(carrier);
    else end(failureOf(message.error));
  });
  // What the thread itself could not tell: out of memory, or a mistake before it could.
  worker.on('error', (error: Error) => end(new NodeFailed(error.name, `the node's thread ended: ${error.message}`, { cause: error })));
  worker.on('exit', (code) => end(new NodeFailed('Ended', `the node's thread ended with code ${code}`)));
  return promise;
};
