/** What experiments work with: the lab, the log and the time. In tests it is a small model of them. */

import { pause } from '../../../client/node-caller.ts';
import { healthPath, pathOfNode } from '../../../api/paths.ts';
import { append, ask, readMessages } from '../../data/api.ts';
import type { AppendAnswer, WriteConcern } from '../../../api/entries.ts';
import type { Health } from '../../../api/health.ts';
import { act, labNodes, reset } from '../../controls/lab-api.ts';
import type { LabAction, LabNode, LabTarget } from '../../../api/lab.ts';

export interface Write {
  readonly message: string;
  readonly w: WriteConcern;
  readonly timeoutMs: number;
  /** The node that is asked: the master, unless it is said. */
  readonly through?: string;
}

export interface Bench {
  /** Milliseconds on a clock that only goes on. */
  now(): number;
  /** @throws the reason of the signal */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  act(id: string, action: LabAction, signal: AbortSignal): Promise<void>;
  /** How all nodes of the lab stand, in their order. @throws Problem */
  nodes(signal: AbortSignal): Promise<readonly LabNode[]>;
  /** They stand as it is said. @throws Problem */
  reset(nodes: readonly LabTarget[]): Promise<void>;
  /** @throws Problem */
  append(write: Write, signal: AbortSignal): Promise<AppendAnswer>;
  /** Messages of a node from an offset on. @throws Problem */
  read(id: string, from: number, signal: AbortSignal): Promise<readonly unknown[]>;
  /** @throws Problem */
  health(id: string, signal: AbortSignal): Promise<Health>;
}

/** No experiment writes as many. */
const readMax = 1000;

export const realBench: Bench = {
  now: () => performance.now(),
  pause,
  act: async (id, action, signal) => void (await act(id, action, signal)),
  reset,
  nodes: labNodes,
  append: ({ message, w, timeoutMs, through = 'master' }, signal) =>
    append(through, { messages: [JSON.stringify(message)], w, timeoutMs, signal }),
  read: (id, from, signal) => readMessages(id, { from, limit: readMax, signal }),
  health: async (id, signal) => JSON.parse(await ask(pathOfNode(id, healthPath), { signal })) as Health,
};
