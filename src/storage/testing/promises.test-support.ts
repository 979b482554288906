/**
 * What a log on a disk has promised up to a moment, and whether what is found after a crash keeps these promises.
 *
 * They are: batches that were reported as flushed are there, byte for byte; what is there is a prefix of what was written;
 * what a finished cut removed does not come back, and is in `cut/`; the state is the last one that was saved, or the one that
 * was being saved.
 */

import assert from 'node:assert/strict';
import type { Batch } from '../../core/model/batch.ts';
import type { NodeState } from '../../core/model/events.ts';
import { asBuffer } from '../../protocol/batch-codec.ts';
import type { Folder } from './disk-state.test-support.ts';

export type Note =
  | { readonly kind: 'appendBegun'; readonly batches: readonly Batch[] }
  | { readonly kind: 'appendRefused'; readonly count: number }
  | { readonly kind: 'flushed'; readonly end: number }
  | { readonly kind: 'cutBegun'; readonly end: number }
  | { readonly kind: 'cutDone' }
  | { readonly kind: 'saveBegun'; readonly state: NodeState }
  | { readonly kind: 'saved' };

export interface Promised {
  /** Everything written that was neither cut nor refused. */
  readonly log: readonly Buffer[];
  /** How many of these are certainly durable. */
  readonly flushed: number;
  /** Where the log is cut, while a cut is in progress. */
  readonly cutting: number | undefined;
  /** What must be in `cut/`, if it is not in the log. */
  readonly givenUp: readonly Buffer[];
  readonly states: readonly (NodeState | undefined)[];
}

export function nothingPromised(found: { readonly log: readonly Buffer[]; readonly state: NodeState | undefined }): Promised {
  return { log: found.log, flushed: found.log.length, cutting: undefined, givenUp: [], states: [found.state] };
}

export function promisedAfter(before: Promised, note: Note): Promised {
  const { log, flushed, cutting, givenUp, states } = before;
  switch (note.kind) {
    case 'appendBegun':
      return { ...before, log: [...log, ...note.batches.map((batch) => asBuffer(batch.bytes))] };
    case 'appendRefused':
      return { ...before, log: log.slice(0, log.length - note.count) };
    case 'flushed':
      return { ...before, flushed: Math.max(flushed, note.end) };
    case 'cutBegun':
      return {
        ...before,
        cutting: note.end,
        flushed: Math.min(flushed, note.end),
        givenUp: [...givenUp, ...log.slice(note.end, Math.max(note.end, flushed))],
      };
    case 'cutDone':
      assert(cutting !== undefined);
      return { ...before, log: log.slice(0, cutting), flushed: cutting, cutting: undefined, givenUp: [...givenUp, ...log.slice(cutting)] };
    case 'saveBegun':
      return { ...before, states: [...states.slice(-1), note.state] };
    case 'saved':
      return { ...before, states: states.slice(-1) };
  }
}

/** @param found - what was recovered from `folder` */
export function checkKept(
  promised: Promised,
  found: { readonly log: readonly Buffer[]; readonly state: NodeState | undefined },
  folder: Folder,
): void {
  const { log } = found;
  assert.ok(log.length >= promised.flushed, `${log.length} batches are left of ${promised.flushed} that were flushed`);
  assert.ok(log.length <= promised.log.length, `${log.length} batches are there, but only ${promised.log.length} were written and not cut`);
  for (const [number, bytes] of log.entries()) {
    assert.ok(Buffer.compare(bytes, promised.log[number] ?? Buffer.alloc(0)) === 0, `batch ${number} is a different one`);
  }
  const archives = [...folder].filter(([name]) => name.startsWith('cut/')).map(([, content]) => content);
  for (const bytes of promised.givenUp) {
    const isThere = log.some((kept) => Buffer.compare(kept, bytes) === 0) || archives.some((archive) => archive.includes(bytes));
    assert.ok(isThere, 'what a cut removed is neither in the log nor in cut/');
  }
  const isSaved = promised.states.some((state) => isSame(state, found.state));
  assert.ok(isSaved, `the state is ${JSON.stringify(found.state)}, but should be one of ${JSON.stringify(promised.states)}`);
}

function isSame(a: NodeState | undefined, b: NodeState | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
