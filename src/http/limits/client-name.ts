/** By which name the requests of a client are counted (client-budgets.ts). */

import type { IncomingMessage } from 'node:http';
import { LogError } from '../../api/problems.ts';
import type { Access } from '../access/access.ts';
import { askingOf } from '../access/asking.ts';
import { isAnyone, isOfNode } from '../../trust/caller.ts';
import type { Caller } from '../../trust/caller.ts';
import { sourceOf } from './client-address.ts';

/**
 * @param caller - as it was found out; `undefined` if it may not ask
 * @returns `undefined` for a node, which is not limited: it counted those for whom it asks
 */
export function clientName(caller: Caller | undefined, address: string | undefined): string | undefined {
  if (caller === undefined || isAnyone(caller)) return `address ${sourceOf(address)}`;
  return isOfNode(caller) ? undefined : `token ${caller.name}`;
}

/** The same for a request of which nobody has found out who sends it. Who shows a wrong token is counted by its address. */
export function clientNameOf(access: Pick<Access, 'callerOf'>, request: IncomingMessage): string | undefined {
  const asking = askingOf(request);
  // Headers of nodes were refused already where nodes prove themselves and this one did not.
  if (asking.node !== undefined || asking.forwardedBy !== undefined) return undefined;
  return clientName(callerOf(), request.socket.remoteAddress);

  function callerOf(): Caller | undefined {
    try {
      return access.callerOf(asking);
    } catch (error) {
      if (error instanceof LogError) return undefined;
      throw error;
    }
  }
}
