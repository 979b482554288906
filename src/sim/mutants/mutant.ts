/** A planted bug: a change to a copy of the source that the checkers must see. */

export interface Edit {
  /** Below `src/`. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

export interface Mutant {
  /** What the changed program does wrong, as a sentence. */
  readonly name: string;
  /** Only nodes that elect their leader show it: it is run with `--elections` seeds. */
  readonly isOfElections?: true;
  /** Several where the program protects itself more than once: only together are they the bug. */
  readonly edits: readonly Edit[];
}

/** The source has changed, and the text that a mutant replaces is no longer there exactly once. */
export class DoesNotApply extends Error {
  override readonly name = 'DoesNotApply';
}

/** @throws DoesNotApply */
export function applyEdit(source: string, edit: Edit): string {
  const [before, after, ...more] = source.split(edit.find);
  if (before === undefined || after === undefined) throw new DoesNotApply(`${edit.file} does not contain: ${edit.find}`);
  if (more.length > 0) throw new DoesNotApply(`${edit.file} contains ${more.length + 1} times: ${edit.find}`);
  return before + edit.replace + after;
}
