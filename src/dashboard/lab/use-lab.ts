/** How the lab stands, for components: asked for again and again while somebody looks, and after every action. */

import { useCallback, useEffect, useState } from 'preact/hooks';
import { realBench } from './experiments/testbed.ts';
import { labNodes, resetWhileLeaving } from './experiments/lab-api.ts';
import type { LabNode } from '../../api/lab.ts';
import { LabSession } from './lab-session.ts';
import type { Session } from './lab-session.ts';

const refreshEveryMs = 1000;
/** During an experiment connections are for it. */
const refreshSeldomEveryMs = 2000;

/** The one of this page. */
export const session = new LabSession(realBench, resetWhileLeaving);

export interface LabState {
  /** `undefined` until it was heard. */
  readonly nodes: readonly LabNode[] | undefined;
  /** Why it could not be heard last. */
  readonly failure: string | undefined;
  readonly refreshNodes: () => void;
}

export function useSession(): Session | undefined {
  const [current, setCurrent] = useState(session.current);
  useEffect(() => {
    setCurrent(session.current);
    return session.subscribe(() => setCurrent(session.current));
  }, []);
  return current;
}

export function useLab(): LabState {
  const [nodes, setNodes] = useState<readonly LabNode[]>();
  const [failure, setFailure] = useState<string>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
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
      if (!over.signal.aborted) timer = setTimeout(() => void ask(), session.isRunning ? refreshSeldomEveryMs : refreshEveryMs);
    };
    void ask();
    return () => {
      over.abort();
      clearTimeout(timer);
    };
  }, [turn]);
  const refreshNodes = useCallback(() => setTurn((before) => before + 1), []);
  return { nodes, failure, refreshNodes };
}
