/** How the lab's nodes stand, for components: asked for again and again while somebody looks, and after every action. */

import { useCallback, useEffect, useState } from 'preact/hooks';
import type { LabNode } from '../../api/lab.ts';
import { labNodes } from './lab-api.ts';
import { taken } from './taken.ts';

const refreshEveryMs = 1000;
/** During an experiment connections are for it. */
const refreshSeldomEveryMs = 2000;

export interface LabNodes {
  /** `undefined` until it was heard, and where there is no lab. */
  readonly nodes: readonly LabNode[] | undefined;
  /** Why it could not be heard last. */
  readonly failure: string | undefined;
  readonly refresh: () => void;
}

/** @param hasLab - elsewhere nobody is asked */
export function useLabNodes(hasLab: boolean): LabNodes {
  const [nodes, setNodes] = useState<readonly LabNode[]>();
  const [failure, setFailure] = useState<string>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (!hasLab) return;
    const over = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      try {
        setNodes(await labNodes(over.signal));
        setFailure(undefined);
      } catch (error) {
        if (over.signal.aborted) return;
        setFailure(error instanceof Error ? error.message : String(error));
      }
      if (!over.signal.aborted) timer = setTimeout(() => void ask(), taken.isTaken ? refreshSeldomEveryMs : refreshEveryMs);
    };
    void ask();
    return () => {
      over.abort();
      clearTimeout(timer);
    };
  }, [hasLab, turn]);
  const refresh = useCallback(() => setTurn((before) => before + 1), []);
  return { nodes: hasLab ? nodes : undefined, failure, refresh };
}
