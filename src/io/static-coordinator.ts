/**
 * The coordinator for a fixed leader. (Equal nodes elect theirs, in core/election; with `external` only `POST /promote`
 * decides.)
 */

import type { Coordinator } from '../ports/ports.ts';

/** Offers leadership to the configured master, from its start on, and to no other node. */
export function staticCoordinator(isMaster: boolean): Coordinator {
  return {
    start: (offered) => {
      if (isMaster) offered();
    },
    stop: () => undefined,
  };
}
