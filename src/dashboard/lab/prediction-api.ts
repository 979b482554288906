/** What a class expects of an experiment, as the lab counts it. */

import type { PredictionCounts } from '../../api/lab.ts';
import { jsonMediaType } from '../../api/media-types.ts';
import { labPath } from '../../api/paths.ts';
import { ask } from '../data/api.ts';

/** @throws Problem; an `AbortError` if it was given up */
export function readPredictions(experiment: string, signal?: AbortSignal): Promise<PredictionCounts> {
  return call(experiment, signal ? { signal } : {});
}

/** @throws Problem */
export function sendPrediction(experiment: string, answer: { readonly voter: string; readonly choice: string }): Promise<PredictionCounts> {
  return call(experiment, { method: 'POST', headers: { 'content-type': jsonMediaType }, body: JSON.stringify(answer) });
}

/** @throws Problem */
export function clearPredictions(experiment: string): Promise<PredictionCounts> {
  return call(experiment, { method: 'DELETE' });
}

async function call(experiment: string, init: RequestInit): Promise<PredictionCounts> {
  return JSON.parse(await ask(`${labPath}/predictions/${encodeURIComponent(experiment)}`, init)) as PredictionCounts;
}
