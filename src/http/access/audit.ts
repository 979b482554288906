/**
 * Records who changed the cluster: the name of the token, the address, and what. Each node that has to do with a change records it:
 * the one that the client asked knows its address, and the one that carries it out names the node that passed it on (`via`).
 */

import type { IncomingMessage } from 'node:http';
import { LogError, problems } from '../../api/problems.ts';
import type { Access } from './access.ts';
import { askingOf } from './asking.ts';

type AuditEvent =
  | 'audit.member-registered'
  | 'audit.member-removed'
  | 'audit.cluster-forced'
  | 'audit.leader-promoted'
  | 'audit.log-trimmed'
  | 'audit.retention-set'
  | 'audit.backup-taken';

export interface AuditingNode {
  readonly access: Access;
  /** Writes a line of the log. */
  readonly audit: (event: AuditEvent, facts: object) => void;
}

export interface AuditedChange<Result> {
  readonly event: AuditEvent;
  readonly facts: object;
  /** What its result adds to the facts, an outcome other than `done` too; `undefined` if nothing changed by it. */
  readonly factsOf: (result: Result) => object | undefined;
  readonly carryOut: () => Promise<Result>;
}

/** Carries out a change, and records it once it happened, or may have. What was refused changed nothing, and is not recorded. */
export async function audited<Result>(
  { access, audit }: AuditingNode,
  request: Pick<IncomingMessage, 'socket' | 'headers'>,
  { event, facts, factsOf, carryOut }: AuditedChange<Result>,
): Promise<Result> {
  const asking = askingOf(request);
  // Now: when it is carried out the connection may be closed, and the token gone.
  const { name: caller } = access.callerOf(asking);
  const { remoteAddress: address } = request.socket;
  const via = asking.forwardedBy ?? (asking.caller === undefined ? undefined : asking.node);
  const asked = { caller, address, ...(via !== undefined && { via }), ...facts };
  try {
    const result = await carryOut();
    const more = factsOf(result);
    if (more !== undefined) audit(event, { ...asked, outcome: 'done', ...more });
    return result;
  } catch (error) {
    const code = error instanceof LogError ? error.code : 'internal-error';
    if (problems[code].outcome === 'unknown') audit(event, { ...asked, code, outcome: 'unknown' });
    throw error;
  }
}
