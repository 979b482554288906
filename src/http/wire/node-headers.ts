/**
 * Headers that nodes send to each other: who calls, for which leader a request is meant, by what an append is known again.
 * Where nodes prove the cluster's secret, they count only on a connection on which it was proved: a stranger who could
 * write them would pass for a node, and could have the append of another client taken for a repetition.
 */

import type { IncomingHttpHeaders } from 'node:http';
import { LogError } from '../../api/problems.ts';
import { forwardIdentityHeader, forwardedHeader, leaderEpochHeader, nodeHeader } from '../../api/headers.ts';
import type { ClusterSecrets } from '../../trust/cluster-secrets.ts';
import { isProven } from '../../trust/peer-channel.ts';

const nodeHeaders = [nodeHeader, forwardedHeader, leaderEpochHeader, forwardIdentityHeader] as const;

export class NodeHeaders {
  readonly #secrets: ClusterSecrets;
  readonly #acceptsInsecure: boolean;

  constructor(secrets: ClusterSecrets, { acceptsInsecure }: { readonly acceptsInsecure: boolean }) {
    this.#secrets = secrets;
    this.#acceptsInsecure = acceptsInsecure;
  }

  /** @throws LogError */
  check({ headers, socket }: { readonly headers: IncomingHttpHeaders; readonly socket: object }): void {
    if (this.mayBeUsedOn(socket)) return;
    const name = nodeHeaders.find((each) => headers[each] !== undefined);
    if (name !== undefined) throw new LogError('proof-required', `${name} is for nodes, which prove that they know the cluster's secret`);
  }

  mayBeUsedOn(socket: object): boolean {
    return !this.#secrets.isSet || this.#acceptsInsecure || isProven(socket);
  }
}
