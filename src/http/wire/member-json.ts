/** A member of the cluster as HTTP shows it, and its schema. */

import type { Type as TypeBox } from 'typebox';
import type { Member } from '../../api/health.ts';
import type { MemberStatus } from '../../core/status.ts';

/** A member as it is shown: what is not known here is `null`. */
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

/** @param Type - of TypeBox, which is loaded with the OpenAPI document only: it would cost every start more than all else */
export function memberSchema(Type: typeof TypeBox) {
  const maybeNumber = Type.Union([Type.Number(), Type.Null()]);
  return Type.Object(
    {
      id: Type.String(),
      url: Type.String(),
      state: Type.Union([Type.Literal('member'), Type.Literal('unclaimed'), Type.Literal('joining')]),
      health: Type.Union([Type.Literal('healthy'), Type.Literal('suspected'), Type.Literal('unhealthy'), Type.Null()], {
        description: 'Known to the leader only.',
      }),
      durableEnd: maybeNumber,
      lagEntries: maybeNumber,
      lagMs: maybeNumber,
    },
    { additionalProperties: false },
  );
}
