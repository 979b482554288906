/** A node in the thread of its service. */

import { failureOf } from './node-failed.ts';
import type { Carrier, CarrierListener, OpenCarrier } from './carrier.ts';
import type { Setup } from './inside/messages.ts';
import type { OpenNode } from './inside/open.ts';

export const openHere: OpenCarrier = async (setup: Setup, { told, failed }: CarrierListener): Promise<Carrier> => {
  // Only where it is needed: a service whose node has a thread of its own does not load the server.
  const [{ openNode }, { plainError }] = await Promise.all([import('./inside/open.ts'), import('./inside/plain-error.ts')]);
  const failure = (error: unknown): ReturnType<typeof failureOf> => failureOf(plainError(error, setup.config));
  try {
    const node = await openNode(setup, {
      told,
      failed: (error) => void closeAnd(node, () => failed(failure(error))),
    });
    return {
      ask: node.ask,
      ended: () => Promise.resolve(),
      // Writes that are under way cannot be called back, and would meet those of its next start.
      kill: () => Promise.reject(new TypeError('only a node with a thread of its own can be killed')),
    };
  } catch (error) {
    throw failure(error);
  }
};

/** So that port and folder are free for another start. What went wrong is known already, and more may now. */
async function closeAnd(node: OpenNode, then: () => void): Promise<void> {
  await Promise.allSettled([node.close()]);
  then();
}
