/** What a view is made of, and the check of it. */

import type { Entry } from '../api/entries.ts';
import type { ViewError } from './view-error.ts';

/** What a view needs of a log. A `LogClient` has it, and so has a node in this process. */
export interface ViewedLog {
  /** Committed entries from an offset on, and then what comes. */
  follow<Message>(options: { readonly from: number; readonly signal: AbortSignal }): AsyncIterable<Entry<Message>>;
  /** Says which cluster this is, so that a file is not continued with another log. */
  status(options: { readonly timeoutMs: number; readonly signal: AbortSignal }): Promise<{ readonly cluster: string | null }>;
}

/** Options of `view`. */
export interface ViewOptions<State, Message = unknown> {
  /**
   * The state before the first entry; the view works on a copy of it. With a `file` it may have whatever `structuredClone`
   * can copy (maps, sets, dates and typed arrays too; instances of classes become plain objects).
   */
  readonly initial: State;
  /**
   * Puts one entry into the state: changes the state and returns nothing, or returns the new state, or a promise of either.
   * It gets every entry once, in order. After a crash it gets those again that came after the last checkpoint, so what it
   * does outside of the state must be harmless to repeat. If it throws, the view ends at this entry.
   */
  readonly apply: (state: State, entry: Entry<Message>) => State | void | Promise<State | void>;
  /** Where the state is kept, so that a restart goes on from there. One file for one view. By default nothing is kept. */
  readonly file?: string | undefined;
  /** Write the file after this many entries; 1,000 by default. It is also written by `stop`. */
  readonly every?: number | undefined;
  /**
   * What to do if entries are trimmed that the view has not seen: `fail` with the problem `trimmed`, which is the default, or
   * `restart` from `initial` with the first entry that is kept.
   */
  readonly onTrimmed?: 'fail' | 'restart' | undefined;
  /**
   * Called when the file cannot be written. The view goes on, and tries again after `every` more entries. Without it the view
   * ends with this error.
   */
  readonly onCheckpointFailed?: ((error: ViewError) => void) | undefined;
}

/** Options of `upTo`. */
export interface UpToOptions {
  /** Aborts the wait. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait, in milliseconds; 30,000 by default, `Infinity` for ever. */
  readonly timeoutMs?: number | undefined;
}

const names: readonly string[] = [
  'initial',
  'apply',
  'file',
  'every',
  'onTrimmed',
  'onCheckpointFailed',
] satisfies (keyof ViewOptions<unknown>)[];

/** @throws TypeError, RangeError */
export function checkOptions<State, Message>(options: ViewOptions<State, Message>): void {
  const { apply, file, every, onTrimmed, onCheckpointFailed } = options;
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw new TypeError(`a view has no option "${name}"; it has ${names.join(', ')}`);
  }
  if (!('initial' in options)) throw new TypeError('a view needs "initial", the state before the first entry');
  if (typeof apply !== 'function') throw new TypeError('a view needs "apply", a function');
  if (file !== undefined && (typeof file !== 'string' || file === '')) throw new TypeError('"file" must be a path');
  if (every !== undefined && (!Number.isSafeInteger(every) || every < 1)) throw new RangeError('"every" must be a whole number from 1 on');
  if (onTrimmed !== undefined && onTrimmed !== 'fail' && onTrimmed !== 'restart')
    throw new RangeError('"onTrimmed" must be "fail" or "restart"');
  if (onCheckpointFailed !== undefined && typeof onCheckpointFailed !== 'function')
    throw new TypeError('"onCheckpointFailed" must be a function');
}

/** @throws RangeError */
export function checkUpTo(offset: number, { timeoutMs }: UpToOptions): void {
  if (!Number.isSafeInteger(offset) || offset < 0) throw new RangeError(`"offset" must be a whole number from 0 on, not ${String(offset)}`);
  if (timeoutMs !== undefined && !(timeoutMs > 0)) throw new RangeError(`"timeoutMs" must be above 0, not ${String(timeoutMs)}`);
}
