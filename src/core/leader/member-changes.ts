/** Which change of members the leader makes next (list-change.ts), and whose consent it takes (consent.ts). */

import type { MemberList } from '../model/members.ts';
import type { NodeId } from '../model/numbers.ts';
import { Consent, consentedMembersMax } from '../members/consent.ts';
import { nextListChange } from '../members/list-change.ts';
import type { Applicant, ListChange } from '../members/list-change.ts';
import type { NodeContext } from '../node/context.ts';
import type { Followers } from './followers.ts';

interface Standing {
  /** In force, which may not be committed yet. */
  readonly list: MemberList;
  readonly followers: Followers;
  /** To be removed, oldest request first. */
  readonly removals: readonly NodeId[];
}

export class MemberChanges {
  readonly #context: NodeContext;
  /** `undefined` if every node that has caught up becomes a member. */
  readonly #consent: Consent | undefined;

  constructor(context: NodeContext) {
    this.#context = context;
    const { joins, secondaries, health } = context.options;
    this.#consent = joins === 'wanted' ? new Consent(secondaries, health.unhealthyAfterMs) : undefined;
  }

  /** The change that comes next, if there is one to make. */
  next({ list, followers, removals }: Standing): ListChange | undefined {
    const { options, promises, outline, now, out } = this.#context;
    const consent = this.#consent;
    const reached = [...followers.reached()].map((node): Applicant => ({ ...node, isWanted: consent?.isWanted(node) ?? true }));
    const change = nextListChange({
      list,
      since: outline.end.number,
      self: { id: options.id, storageId: promises.storageId, url: options.url, otherUrls: followers.ownOtherUrls },
      removals: removals.filter((id) => followers.health.canSpare(id)),
      reached,
      membersMax: consent && consentedMembersMax,
    });
    if (change !== undefined) consent?.changed(change);
    for (const facts of consent?.notCounting(reached, list, now) ?? []) out.emit('warn', 'member.does-not-count', { ...facts });
    return change;
  }
}
