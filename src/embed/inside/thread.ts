/** The thread of a node: it opens the node, passes on what is asked and answered, and ends when the node cannot go on. */

import { enableCompileCache, flushCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { endOfThread } from './messages.ts';
import type { Asked, EndOfThread, FromThread, Setup, Told } from './messages.ts';

/** What a thread is given when it is made. */
export interface ThreadSetup extends Setup {
  /** Where its maker keeps what Node compiled, which a thread does not take over by itself. */
  readonly compileCache: string | undefined;
}

const setup = workerData as ThreadSetup;
const port = parentPort;
if (port === null) throw new Error('this is the program of a thread');

const say = (message: FromThread, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, [...transfer]);

if (setup.compileCache !== undefined) enableCompileCache(setup.compileCache);
// Only now, so that what is loaded comes from the cache.
const [{ openNode }, { plainError }] = await Promise.all([import('./open.ts'), import('./plain-error.ts')]);

const fail = (error: unknown): never => {
  say({ kind: 'failed', error: plainError(error, setup.config) });
  process.exit(1);
};

try {
  const node = await openNode(setup, { told: (told) => say(...handedOver(told)), failed: fail });
  process.on('uncaughtException', node.crash);
  process.on('unhandledRejection', node.crash);
  // Without its port the thread has nothing left to do, and ends.
  port.on('message', (asked: Asked | EndOfThread) => (asked === endOfThread ? port.close() : node.ask(asked)));
  say({ kind: 'started' });
  // The thread may be ended from outside, and would not keep it then.
  if (setup.compileCache !== undefined) setImmediate(flushCompileCache);
} catch (error) {
  fail(error);
}

/** The memory of a page is handed over, not copied. A small page may be a part of memory that others use as well. */
function handedOver(told: Told): [FromThread, ArrayBuffer[]] {
  const transfer: ArrayBuffer[] = [];
  const calls = told.calls.map((call) => {
    if (!('answer' in call.result) || call.result.answer === undefined || !('bytes' in call.result.answer)) return call;
    const page = call.result.answer;
    const bytes = page.bytes.buffer.byteLength > Buffer.poolSize ? page.bytes : new Uint8Array(page.bytes);
    transfer.push(bytes.buffer as ArrayBuffer);
    return { ...call, result: { answer: { ...page, bytes } } };
  });
  return [{ kind: 'told', told: { ...told, calls } }, transfer];
}
