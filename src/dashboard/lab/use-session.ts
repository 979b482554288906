/** The experiment of this page, for components. */

import { taken } from '../controls/taken.ts';
import { resetWhileLeaving } from '../controls/lab-api.ts';
import { useStore } from '../data/use-store.ts';
import { realBench } from './experiments/testbed.ts';
import { LabSession } from './lab-session.ts';
import type { Session } from './lab-session.ts';

/** The one of this page. */
export const session = new LabSession(realBench, resetWhileLeaving);
session.subscribe(() => taken.set(session.isRunning));

export function useSession(): Session | undefined {
  return useStore(session, () => session.current);
}
