/** What somebody does to the nodes of the lab from this page: one thing at a time, and what was refused is said. */

import { useEffect, useState } from 'preact/hooks';
import type { LabAction, LabNode } from '../../api/lab.ts';
import { act, reset } from './lab-api.ts';
import { useTaken } from './taken.ts';
import { labNodes, useLabNodes } from './use-lab-nodes.ts';
import { reasonOf } from '../data/reason.ts';

export interface Controls {
  /** `undefined` where there is no lab, and until it was heard. */
  readonly nodes: readonly LabNode[] | undefined;
  /** Nothing can be done now: something is under way, or an experiment is using the nodes. */
  readonly isOff: boolean;
  readonly isTaken: boolean;
  /** The node to which something is being done, or "all". */
  readonly underWay: string | undefined;
  /** Why the last thing was not done, or why nothing can be. */
  readonly refusal: string | undefined;
  readonly perform: (id: string, action: LabAction) => Promise<void>;
  readonly putBack: () => Promise<void>;
}

export function useControls(hasLab: boolean): Controls {
  const { nodes, failure } = useLabNodes(hasLab);
  const isTaken = useTaken();
  const [refusal, setRefusal] = useState<string>();
  const [underWay, setUnderWay] = useState<string>();
  // What an experiment put back is seen at once.
  useEffect(() => labNodes.refresh(), [isTaken]);
  const attempt = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    setRefusal(undefined);
    setUnderWay(name);
    try {
      await work();
    } catch (error) {
      setRefusal(reasonOf(error));
    }
    setUnderWay(undefined);
    labNodes.refresh();
  };
  return {
    nodes,
    isOff: isTaken || underWay !== undefined,
    isTaken,
    underWay,
    refusal: refusal ?? (failure === undefined ? undefined : `The lab does not answer: ${failure}`),
    perform: (id, action) => attempt(id, () => act(id, action)),
    putBack: () => attempt('all', () => reset()),
  };
}
