/** The experiment of this page, for components. */

import { useEffect, useState } from 'preact/hooks';
import { taken } from '../controls/taken.ts';
import { resetWhileLeaving } from '../controls/lab-api.ts';
import { realBench } from './experiments/testbed.ts';
import { LabSession } from './lab-session.ts';
import type { Session } from './lab-session.ts';

/** The one of this page. */
export const session = new LabSession(realBench, resetWhileLeaving);
session.subscribe(() => taken.set(session.isRunning));

export function useSession(): Session | undefined {
  const [current, setCurrent] = useState(session.current);
  useEffect(() => {
    setCurrent(session.current);
    return session.subscribe(() => setCurrent(session.current));
  }, []);
  return current;
}
