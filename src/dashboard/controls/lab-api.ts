/** The lab of `rlog dev`: how its nodes stand, and what can be done to them. */

import type { LabAction, LabNode, LabState, LabTarget } from '../../api/lab.ts';
import { jsonMediaType } from '../../api/media-types.ts';
import { labPath } from '../../api/paths.ts';
import { ask } from '../data/api.ts';

/** @throws Problem; an `AbortError` if it was given up */
export async function labNodes(signal?: AbortSignal): Promise<readonly LabNode[]> {
  return (JSON.parse(await ask(labPath, signal ? { signal } : {})) as LabState).nodes;
}

/** Resolves when it is done. @throws Problem; an `AbortError` if it was given up, and it may be done all the same */
export async function act(id: string, action: LabAction, signal?: AbortSignal): Promise<LabNode> {
  return JSON.parse(await post(`${labPath}/nodes/${encodeURIComponent(id)}`, action, signal ? { signal } : {})) as LabNode;
}

/** Nodes stand as it is said; those of which nothing is said, as at the start. @throws Problem */
export async function reset(nodes: readonly LabTarget[] = []): Promise<void> {
  await post(`${labPath}/reset`, { nodes: nodes.map(targetOf) });
}

/** The same when the page is being left: nobody hears the answer. */
export function resetWhileLeaving(nodes: readonly LabTarget[] = []): void {
  void post(`${labPath}/reset`, { nodes: nodes.map(targetOf) }, { keepalive: true }).catch(() => undefined);
}

function targetOf({ id, isRunning, isPaused, isCutOff, delayMs }: LabTarget): LabTarget {
  return { id, isRunning, isPaused, isCutOff, delayMs };
}

function post(path: `/${string}`, body: object, init: RequestInit = {}): Promise<string> {
  return ask(path, { method: 'POST', headers: { 'content-type': jsonMediaType }, body: JSON.stringify(body), ...init });
}
