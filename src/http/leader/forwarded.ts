/**
 * The headers with which a node forwards a request to the node that it believes to be the leader, and how the receiver
 * judges them: a node that no longer leads, or leads another epoch than the one meant, refuses the request, so nothing
 * came of it.
 */

import type { IncomingHttpHeaders } from 'node:http';
import { identityPartsEnd } from '../../core/model/forward-identity.ts';
import type { ForwardIdentity } from '../../core/model/forward-identity.ts';
import type { Config } from '../../config/config.ts';
import type { Driver } from '../../driver/driver.ts';
import { isMeantFor } from './leader-tries.ts';
import { LogError } from '../../api/problems.ts';
import { forwardedHeader, forwardIdentityHeader, leaderEpochHeader } from '../../api/headers.ts';
import type { LeaderTerms } from '../../ports/leader-caller.ts';

export interface ForwardedFrom {
  /** Epoch of the leader that the request is meant for; `undefined` if the forwarder did not say. */
  readonly leaderEpoch: number | undefined;
  /** Set for an append that can be recognised by it when it is sent again. */
  readonly identity: ForwardIdentity | undefined;
}

export function forwardingHeaders(self: string, { epoch, identity }: Pick<LeaderTerms, 'epoch' | 'identity'>): Record<string, string> {
  return { [forwardedHeader]: self, [leaderEpochHeader]: String(epoch), ...identityHeaders(identity) };
}

export function identityHeaders(identity: ForwardIdentity | undefined): Record<string, string> {
  return identity === undefined ? {} : { [forwardIdentityHeader]: `${identity.forwarder}-${identity.number}` };
}

/** @returns `undefined` for anything that `identityHeaders` does not write */
export function readForwardIdentity(header: string): ForwardIdentity | undefined {
  const [, forwarder, number] = /^(\d{1,15})-(\d{1,15})$/.exec(header) ?? [];
  const identity = { forwarder: Number(forwarder), number: Number(number) };
  return identity.forwarder < identityPartsEnd && identity.number < identityPartsEnd ? identity : undefined;
}

/** @returns `undefined` if no other node forwarded this request @throws LogError */
export function forwardedFrom(headers: IncomingHttpHeaders): ForwardedFrom | undefined {
  if (headers[forwardedHeader] === undefined) return undefined;
  const epoch = headers[leaderEpochHeader];
  const said = headers[forwardIdentityHeader];
  const identity = said === undefined ? undefined : readForwardIdentity(String(said));
  if (said !== undefined && identity === undefined) {
    throw new LogError('bad-request', `${forwardIdentityHeader} must be two numbers, not "${String(said)}"`, {
      field: forwardIdentityHeader,
    });
  }
  if (epoch === undefined) return { leaderEpoch: undefined, identity };
  if (!/^\d{1,15}$/.test(String(epoch))) {
    throw new LogError('bad-request', `${leaderEpochHeader} must be an epoch, not "${String(epoch)}"`, { field: leaderEpochHeader });
  }
  return { leaderEpoch: Number(epoch), identity };
}

export interface MeantNode {
  readonly driver: Pick<Driver, 'leader'>;
  readonly config: Pick<Config, 'serverId'>;
}

/**
 * Must be called in the turn in which the request is handed to the core, so that nothing changes in between.
 * @throws LogError
 */
export function checkIsMeant({ driver, config }: MeantNode, { leaderEpoch }: ForwardedFrom): void {
  const { leader } = driver;
  if (leaderEpoch === undefined || isMeantFor(config.serverId, leader, leaderEpoch)) return;
  const now = leader === undefined ? 'no leader is known' : `${leader.id} leads epoch ${leader.epoch}`;
  const facts = leader === undefined ? {} : { leader: leader.id, leaderUrl: leader.url, epoch: leader.epoch };
  throw new LogError('not-leader', `this was for the leader of epoch ${leaderEpoch}, but ${now}`, facts);
}
