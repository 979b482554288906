/** What the table of options has for each option. */

import type { NodeKind } from './config.ts';

interface OptionFacts {
  readonly variable: string;
  /** Without its dashes; `null` for a secret, because anyone on the machine can read the arguments of a process. */
  readonly flag: string | null;
  /** The flag has no value. */
  readonly isSwitch?: true;
  readonly kinds: readonly NodeKind[];
  readonly help: string;
  readonly parse: (text: string) => unknown;
}

/** An option whose default is a text, which goes through its parser. */
interface FixedOption extends OptionFacts {
  readonly default: string;
  /** Default of `rlog node`, if it differs. */
  readonly nodeDefault?: string;
}

/**
 * An option whose default follows from other options or from the node's surroundings (`load.ts`); the text tells people
 * how.
 */
interface DerivedOption extends OptionFacts {
  readonly derivedDefault: string;
}

export type OptionSpec = FixedOption | DerivedOption;

export const allKinds: readonly NodeKind[] = ['node', 'master', 'secondary'];
