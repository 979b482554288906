/** What a request says of who sends it. */

import type { IncomingMessage } from 'node:http';
import { callerHeader, forwardedHeader, nodeHeader } from '../../api/headers.ts';

export interface Asking {
  readonly socket: object;
  readonly authorization: string | undefined;
  /** For whom a node asks, as it says: believed on a proven connection only. */
  readonly caller: string | undefined;
  /** Name of the node that asks, as it says. */
  readonly node: string | undefined;
  /** Name of the node that forwarded it, as it says. */
  readonly forwardedBy: string | undefined;
}

export function askingOf({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): Asking {
  const textOf = (name: string): string | undefined => (headers[name] === undefined ? undefined : String(headers[name]));
  return {
    socket,
    authorization: headers.authorization,
    caller: textOf(callerHeader),
    node: textOf(nodeHeader),
    forwardedBy: textOf(forwardedHeader),
  };
}
