/** The state of the lab's nodes, for components. */

import { useStore } from '../data/use-store.ts';
import { labNodes as read } from './lab-api.ts';
import { LabNodes, nothingHeard } from './lab-nodes.ts';
import type { LabNodesHeard } from './lab-nodes.ts';
import { taken } from './taken.ts';

/** The one of this page. */
export const labNodes = new LabNodes({ read, isTaken: () => taken.isTaken });

/** Where there is no lab nobody is asked. */
const noLab = { subscribe: () => () => undefined };

/** @param hasLab - elsewhere nobody is asked */
export function useLabNodes(hasLab: boolean): LabNodesHeard {
  const heard = useStore(hasLab ? labNodes : noLab, () => labNodes.heard);
  return hasLab ? heard : nothingHeard;
}
