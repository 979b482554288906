/** Who may try to lead. Others than `static` (an etcd, say) come later. */

import type { Coordinator } from '../ports/ports.ts';

/** The configured master, from its start on; nobody else. */
export function staticCoordinator(isMaster: boolean): Coordinator {
  return {
    start: (offered) => {
      if (isMaster) offered();
    },
    stop: () => undefined,
  };
}
