/** The traces of a node, if its environment asks for them. */

import { tracesWanted } from '../../config/traces.ts';
import type { NodeLogger } from '../logger.ts';
import type { NodeTraces } from './otlp-traces.ts';

/** @returns `undefined` if no traces are wanted: the library is not even loaded */
export async function nodeTraces(id: string, log: NodeLogger['log']): Promise<NodeTraces | undefined> {
  const { settings, doubts } = tracesWanted();
  for (const doubt of doubts) log.warn({ doubt }, 'traces.doubt');
  if (settings === undefined) return undefined;
  const { otlpTraces } = await import('./otlp-traces.ts');
  log.info({ isParentBased: settings.isParentBased, ratio: settings.ratio }, 'traces.on');
  return otlpTraces(settings, { id, log });
}
