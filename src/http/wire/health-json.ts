/**
 * The document of `GET /health`, which the activity stream also sends whenever it changes: how it is made, and its
 * schema. Its type is in `api`; the type checker ties both to it, so a new field needs a change there and here.
 */

import type { Type as TypeBox } from 'typebox';
import type { Health } from '../../api/health.ts';
import { conditionOf } from '../../core/status.ts';
import type { ReplicaStatus } from '../../core/status.ts';
import { version } from '../../api/version.ts';
import { memberJson, memberSchema } from './member-json.ts';
import { retentionSchema } from './retention-json.ts';
import { settingsSchema } from './settings-schema.ts';

/** Facts that the core does not know. */
export type HealthFacts = Pick<Health, 'leaderSince' | 'oldestAt' | 'retention' | 'disk' | 'startedAt' | 'settings' | 'certificateEndsAt'>;

export function healthJson(status: ReplicaStatus, facts: HealthFacts): Health {
  const { leaderSince, oldestAt, retention, disk, startedAt, settings, certificateEndsAt } = facts;
  return {
    status: conditionOf(status),
    server_id: status.id,
    message_count: Math.max(0, status.visibleEnd - status.firstOffset),
    role: status.role,
    node: status.id,
    cluster: status.clusterId,
    storage: status.storageId,
    epoch: status.epoch,
    leader: status.leader ?? null,
    leaderSince,
    deposedBy: status.deposedBy ?? null,
    electable: status.isElectable,
    notElectable: status.notElectable,
    tolerates: status.tolerates ?? null,
    election: status.election === undefined ? null : electionJson(status.election),
    firstOffset: status.firstOffset,
    oldestAt,
    retention,
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
    isRetentionHeld: status.isRetentionHeld,
    startedAt,
    settings,
    certificateEndsAt,
    version,
  };
}

/** Counters are left to the metrics: in this document they would be a change all the time. */
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
        description:
          'Members that this node could not reach at its last check, which it makes every half minute. To become the leader it must reach enough of them.',
      }),
    },
    { additionalProperties: false },
  );
}

/**
 * @param Type - TypeBox, passed in because it is loaded with the OpenAPI document only: loading it would cost more than
 * the rest of a node's start
 */
export function healthSchema(Type: typeof TypeBox) {
  const natural = Type.Integer({ minimum: 0 });
  const leader = Type.Union([
    Type.Object({ id: Type.String(), url: Type.String(), epoch: natural }, { additionalProperties: false }),
    Type.Null(),
  ]);
  return Type.Object(
    {
      status: Type.Union([Type.Literal('healthy'), Type.Literal('degraded'), Type.Literal('read-only')], {
        description: '`degraded`: appends are taken, but those with `w=all` wait for the members in `waitingFor`.',
      }),
      server_id: Type.String(),
      message_count: Type.Integer({ minimum: 0, description: 'How many entries a default read of this node sees.' }),
      role: roleSchema(Type),
      node: Type.String(),
      cluster: Type.Union([Type.String(), Type.Null()]),
      storage: Type.String(),
      epoch: natural,
      leader,
      leaderSince: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
        description: 'Since when this node has known of the present leader and its epoch; null while it knows of none.',
      }),
      deposedBy: leader,
      electable: Type.Boolean({
        description:
          'Whether this node could become the leader: it is a member, its disk has room and answers, and it reaches enough other members.',
      }),
      notElectable: Type.Array(Type.Enum(['not-a-member', 'no-room', 'disk-stalled', 'unreachable-members']), {
        description: 'Why it is not `electable`; empty if it is.',
      }),
      tolerates: Type.Union([natural, Type.Null()], {
        description:
          'How many members may fail now before appends stop; 0 until the first batch of the epoch is committed; null on a node that does not lead.',
      }),
      election: Type.Union([electionSchema(Type), Type.Null()], {
        description: "This node's part in elections; null if a coordinator names the leader.",
      }),
      firstOffset: Type.Integer({ minimum: 0, description: 'The first entry that is kept: those before it are trimmed.' }),
      oldestAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
        description: 'When that entry was written, measured every ten seconds; null until then, and while nothing is kept.',
      }),
      retention: retentionSchema(Type),
      ends: Type.Object(
        { logEnd: natural, durableEnd: natural, committedEnd: natural, visibleEnd: natural },
        { additionalProperties: false },
      ),
      members: Type.Array(memberSchema(Type)),
      waitingFor: Type.Array(Type.String(), {
        description:
          'Names or addresses of the members that are missing: for appends to be taken or, if `degraded`, for those with `w=all` to be answered.',
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
        { description: 'The operation that the disk has not completed for too long, and for how many ms; null while the disk answers.' },
      ),
      disk: Type.Union(
        [
          Type.Object(
            {
              ...{ freeBytes: natural, sizeBytes: natural, logBytes: natural, indexBytes: natural },
              checkpointBytes: Type.Integer({ minimum: 0, description: 'With what the log begins; 0 if it begins with its first batch.' }),
              cutBytes: Type.Integer({ minimum: 0, description: 'What was cut from the log and is kept in cut/.' }),
            },
            { additionalProperties: false },
          ),
          Type.Null(),
        ],
        { description: 'Measured every ten seconds; null until then, and for a log in memory.' },
      ),
      datedAheadMs: Type.Integer({
        minimum: 0,
        description:
          "How far the timestamp of the last batch is ahead of this node's wall clock. Timestamps stand still until the clock has caught up.",
      }),
      clockDoubtedMs: Type.Integer({
        description:
          'On the leader: how far its wall clock is ahead of the time by which it dates batches (negative: behind); 0 below a minute.',
      }),
      isRetentionHeld: Type.Boolean({
        description: 'On the leader: entries should go for their age, and stay, because its clock is not near those of a majority.',
      }),
      startedAt: Type.String({ format: 'date-time', description: 'When this process was started.' }),
      settings: settingsSchema(Type),
      certificateEndsAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
        description: 'When its TLS certificate ends; null without one.',
      }),
      version: Type.String(),
    },
    { additionalProperties: false },
  );
}
