/** A member, as documents show it, and its schema. */

import type { Type as TypeBox } from 'typebox';
import type { Member } from '../../api/health.ts';
import type { MemberStatus } from '../../core/status.ts';

/** What this node does not know is `null`. */
export function memberJson(member: MemberStatus): Member {
  return {
    id: member.id,
    url: member.url,
    state: member.state,
    health: member.health ?? null,
    durableEnd: member.durableEnd ?? null,
    lagEntries: member.lagEntries ?? null,
    lagMs: member.lagMs ?? null,
  };
}

/**
 * @param Type - TypeBox, passed in because it is loaded with the OpenAPI document only: loading it would cost more than
 * the rest of a node's start
 */
export function memberSchema(Type: typeof TypeBox) {
  const maybeNumber = Type.Union([Type.Number(), Type.Null()]);
  return Type.Object(
    {
      id: Type.String(),
      url: Type.String(),
      state: Type.Union([Type.Literal('member'), Type.Literal('unclaimed'), Type.Literal('joining')]),
      health: Type.Union([Type.Literal('healthy'), Type.Literal('suspected'), Type.Literal('unhealthy'), Type.Null()], {
        description: 'Only the leader knows it.',
      }),
      durableEnd: maybeNumber,
      lagEntries: maybeNumber,
      lagMs: maybeNumber,
    },
    { additionalProperties: false },
  );
}
