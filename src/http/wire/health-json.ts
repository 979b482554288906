/**
 * What `GET /health` says of a node, and its activity whenever that changes: how the document is made, and its schema. The
 * type is in `api`, and the type checker holds both to it, so a field more touches that file and this one.
 */

import type { Type as TypeBox } from 'typebox';
import type { Health } from '../../api/health.ts';
import { conditionOf } from '../../core/status.ts';
import type { ReplicaStatus } from '../../core/status.ts';
import { version } from '../../api/version.ts';
import { memberJson, memberSchema } from './member-json.ts';

/** What the core does not know of its node. */
export type HealthFacts = Pick<Health, 'leaderSince' | 'disk' | 'startedAt'>;

export function healthJson(status: ReplicaStatus, { leaderSince, disk, startedAt }: HealthFacts): Health {
  return {
    status: conditionOf(status),
    server_id: status.id,
    message_count: status.visibleEnd,
    role: status.role,
    node: status.id,
    cluster: status.clusterId,
    storage: status.storageId,
    epoch: status.epoch,
    leader: status.leader ?? null,
    leaderSince,
    deposedBy: status.deposedBy ?? null,
    electable: status.isElectable,
    tolerates: status.tolerates ?? null,
    election: status.election === undefined ? null : electionJson(status.election),
    ends: {
      logEnd: status.logEnd,
      durableEnd: status.durableEnd,
      committedEnd: status.committedEnd,
      visibleEnd: status.visibleEnd,
    },
    members: status.members.map(memberJson),
    waitingFor: status.waitingFor,
    waitingAppends: status.waitingAppends,
    canStore: status.canStore,
    diskStalled: status.stall ?? null,
    disk,
    datedAheadMs: status.datedAheadMs,
    clockDoubtedMs: status.clockDoubtedMs,
    startedAt,
    version,
  };
}

/** What only metrics count stays there: here it would be news all the time. */
function electionJson({ state, priority, lastPoll, unreachable }: NonNullable<ReplicaStatus['election']>): Health['election'] {
  return { state, priority, lastPoll, unreachable };
}

export function roleSchema(Type: typeof TypeBox) {
  return Type.Union([Type.Literal('leader'), Type.Literal('candidate'), Type.Literal('follower')]);
}

function electionSchema(Type: typeof TypeBox) {
  return Type.Object(
    {
      state: Type.Union([Type.Literal('following'), Type.Literal('polling'), Type.Literal('campaigning'), Type.Literal('leading')]),
      priority: Type.Integer({ minimum: 0 }),
      lastPoll: Type.Union([
        Type.Object({ refusals: Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()])) }, { additionalProperties: false }),
        Type.Null(),
      ]),
      unreachable: Type.Array(Type.String(), {
        description: 'Members that it did not reach when it looked last, every half minute: it would have to, to come to lead.',
      }),
    },
    { additionalProperties: false },
  );
}

/** @param Type - of TypeBox, which is loaded with the OpenAPI document only: it would cost every start more than all else */
export function healthSchema(Type: typeof TypeBox) {
  const natural = Type.Integer({ minimum: 0 });
  const leader = Type.Union([
    Type.Object({ id: Type.String(), url: Type.String(), epoch: natural }, { additionalProperties: false }),
    Type.Null(),
  ]);
  return Type.Object(
    {
      status: Type.Union([Type.Literal('healthy'), Type.Literal('degraded'), Type.Literal('read-only')], {
        description: '`degraded`: appends are taken, and those at `w=all` wait for the members in `waitingFor`.',
      }),
      server_id: Type.String(),
      message_count: natural,
      role: roleSchema(Type),
      node: Type.String(),
      cluster: Type.Union([Type.String(), Type.Null()]),
      storage: Type.String(),
      epoch: natural,
      leader,
      leaderSince: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
        description: 'Since when this node knows that it leads; null while it knows of nobody.',
      }),
      deposedBy: leader,
      electable: Type.Boolean({
        description: 'Whether it could come to lead: a member, with room on a disk that answers, that reaches enough others.',
      }),
      tolerates: Type.Union([natural, Type.Null()], {
        description:
          'How many members may fail now before appends end: 0 until the first batch of the epoch is committed; null on a node that does not lead.',
      }),
      election: Type.Union([electionSchema(Type), Type.Null()], {
        description: 'Of nodes that elect: where this one stands. null where a coordinator names the leader.',
      }),
      ends: Type.Object(
        { logEnd: natural, durableEnd: natural, committedEnd: natural, visibleEnd: natural },
        { additionalProperties: false },
      ),
      members: Type.Array(memberSchema(Type)),
      waitingFor: Type.Array(Type.String(), {
        description:
          'Names or addresses that are missing: before appends can be taken, or, while it is `degraded`, before one at `w=all` is answered.',
      }),
      waitingAppends: natural,
      canStore: Type.Boolean(),
      diskStalled: Type.Union(
        [
          Type.Object(
            {
              what: Type.Union([Type.Literal('write'), Type.Literal('flush'), Type.Literal('cut'), Type.Literal('state-file')]),
              ms: natural,
            },
            { additionalProperties: false },
          ),
          Type.Null(),
        ],
        { description: 'What the disk has not answered for too long, and since when; null while it answers.' },
      ),
      disk: Type.Union(
        [Type.Object({ freeBytes: natural, sizeBytes: natural, logBytes: natural }, { additionalProperties: false }), Type.Null()],
        {
          description: 'Measured every ten seconds; null in memory, and until it was measured.',
        },
      ),
      datedAheadMs: Type.Integer({
        minimum: 0,
        description:
          'By how much the last batch is dated ahead of the wall clock here. Its date stands still until the clock has come up to it.',
      }),
      clockDoubtedMs: Type.Integer({
        description: 'On a leader: how far its wall clock is ahead of what it dates with (negative: behind); 0 below a minute.',
      }),
      startedAt: Type.String({ format: 'date-time', description: 'When this process was started.' }),
      version: Type.String(),
    },
    { additionalProperties: false },
  );
}
