/** How the lab's nodes stand, for components. */

import { useEffect, useState } from 'preact/hooks';
import type { LabNode } from '../../api/lab.ts';
import { labNodes as read } from './lab-api.ts';
import { LabNodes } from './lab-nodes.ts';
import { taken } from './taken.ts';

/** The one of this page. */
export const labNodes = new LabNodes({ read, isTaken: () => taken.isTaken });

export interface LabNodesHeard {
  /** `undefined` until it was heard, and where there is no lab. */
  readonly nodes: readonly LabNode[] | undefined;
  readonly failure: string | undefined;
}

/** @param hasLab - elsewhere nobody is asked */
export function useLabNodes(hasLab: boolean): LabNodesHeard {
  const [, draw] = useState(0);
  useEffect(() => {
    if (!hasLab) return;
    return labNodes.subscribe(() => draw((before) => before + 1));
  }, [hasLab]);
  return hasLab ? { nodes: labNodes.nodes, failure: labNodes.failure } : { nodes: undefined, failure: undefined };
}
