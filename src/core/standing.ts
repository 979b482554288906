/** Shows elections the present roles of this node. */

import type { Standing } from './election/election.ts';
import type { Follower } from './follower/follower.ts';
import type { Roles } from './roles.ts';

/** @param parts - functions, because roles and follower are created after the election */
export function standingOfRoles(parts: { readonly roles: () => Roles; readonly follower: () => Follower }): Standing {
  const { roles, follower } = parts;
  return {
    get isSeekingOrLeading() {
      return roles().isSeekingOrLeading;
    },
    get isLeading() {
      return roles().leader?.isSuspended === false;
    },
    get hint() {
      return roles().hint;
    },
    get contact() {
      return follower().contact;
    },
    get campaigner() {
      return roles().campaigner ?? follower().campaigner;
    },
  };
}
