/** What the table of options says of each. */

import type { NodeKind } from './config.ts';

interface OptionFacts {
  readonly variable: string;
  /** Without its dashes; `null` for a secret: everybody on the machine can read the arguments of a process. */
  readonly flag: string | null;
  /** Whether the flag stands alone, without a value. */
  readonly isSwitch?: true;
  readonly kinds: readonly NodeKind[];
  readonly help: string;
  readonly parse: (text: string) => unknown;
}

/** An option whose default is a text for its parser. */
interface FixedOption extends OptionFacts {
  readonly default: string;
  /** Of `rlog node`, where that is another one. */
  readonly nodeDefault?: string;
}

/** An option whose default follows from others, or from where the node finds itself (`load.ts`): here is how, for people. */
interface DerivedOption extends OptionFacts {
  readonly derivedDefault: string;
}

export type OptionSpec = FixedOption | DerivedOption;

export const allKinds: readonly NodeKind[] = ['node', 'master', 'secondary'];
