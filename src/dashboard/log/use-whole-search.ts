/** A search of the whole log of one node, as far as it has come: started, stopped and continued by the reader. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { LogScan } from './log-scan.ts';
import { scanLog } from './scan-log.ts';
import { reasonOf } from '../data/reason.ts';

export interface WholeSearch {
  readonly state: 'notBegun' | 'running' | 'stopped' | 'done';
  /** One past the last entry that was looked through, and the end of the log when that began. */
  readonly end: number;
  readonly logEnd: number;
  readonly matches: readonly number[];
  readonly matchCount: number;
  /** Why it stopped, if nobody stopped it. */
  readonly problem: string | undefined;
  readonly begin: () => void;
  readonly stop: () => void;
}

type Told = Omit<WholeSearch, 'begin' | 'stop'>;

const notBegun: Told = { state: 'notBegun', end: 0, logEnd: 0, matches: [], matchCount: 0, problem: undefined };

export interface WholeSearchAsk {
  readonly nodeId: string | undefined;
  readonly pattern: RegExp | undefined;
  /** The first entry that is kept. */
  readonly logStart: number;
  /** One past the last entry that there is. */
  readonly logEnd: number;
}

export function useWholeSearch({ nodeId, pattern, logStart, logEnd }: WholeSearchAsk): WholeSearch {
  const [told, setTold] = useState<Told>(notBegun);
  const scan = useRef<LogScan>(undefined);
  const running = useRef<AbortController>(undefined);
  const source = pattern?.source;
  useEffect(() => {
    scan.current = undefined;
    setTold(notBegun);
    return () => running.current?.abort();
    // Other words, or another node: what was found is of no use.
  }, [nodeId, source]);

  const begin = (): void => {
    if (nodeId === undefined || pattern === undefined || told.state === 'running') return;
    const own = (scan.current ??= new LogScan(pattern, logStart));
    const abort = new AbortController();
    running.current = abort;
    const tell = (state: Told['state'], problem?: string): void => {
      if (scan.current !== own) return;
      const { end, matches, matchCount } = own;
      setTold({ state, end, logEnd: Math.max(logEnd, end), matches: [...matches], matchCount, problem });
    };
    tell('running');
    scanLog({ nodeId, scan: own, signal: abort.signal, onProgress: () => tell('running') }).then(
      () => tell('done'),
      (error: unknown) => tell('stopped', abort.signal.aborted ? undefined : reasonOf(error)),
    );
  };
  return { ...told, begin, stop: () => running.current?.abort() };
}
