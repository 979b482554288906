/** The lab of `rlog dev`: how its nodes stand, and what can be done to them. */

import { ask } from '../../data/api.ts';

export interface LabNode {
  readonly id: string;
  readonly kind: 'master' | 'secondary';
  readonly url: string;
  readonly isRunning: boolean;
  readonly isPaused: boolean;
  readonly isCutOff: boolean;
  readonly delayMs: number;
  readonly pid: number | null;
}

export type Deed =
  | { readonly do: 'kill' | 'start' | 'pause' | 'resume' | 'cutOff' | 'reconnect' | 'wipe' }
  | { readonly do: 'delay'; readonly delayMs: number };

/** @throws Problem; an `AbortError` if it was given up */
export async function labNodes(signal?: AbortSignal): Promise<readonly LabNode[]> {
  return (JSON.parse(await ask('lab', signal ? { signal } : {})) as { readonly nodes: readonly LabNode[] }).nodes;
}

/** Resolves when it is done. @throws Problem; an `AbortError` if it was given up, and it may be done all the same */
export async function act(id: string, deed: Deed, signal?: AbortSignal): Promise<LabNode> {
  return JSON.parse(await post(`lab/nodes/${encodeURIComponent(id)}`, deed, signal ? { signal } : {})) as LabNode;
}

/** Everything runs, is connected and quick again. @throws Problem */
export async function reset(): Promise<void> {
  await post('lab/reset', {});
}

/** The same when the page is being left: nobody hears the answer. */
export function resetWhileLeaving(): void {
  void post('lab/reset', {}, { keepalive: true }).catch(() => undefined);
}

function post(path: string, body: object, init: RequestInit = {}): Promise<string> {
  return ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), ...init });
}
