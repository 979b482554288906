/** The options (options.ts) for what callers may use up together, and one of them alone. */

import { allKinds as all } from './option-spec.ts';
import type { OptionSpec } from './option-spec.ts';
import { count } from './values.ts';

export const limitOptions = [
  {
    variable: 'CONNECTIONS_MAX',
    flag: 'connections-max',
    kinds: all,
    derivedDefault: 'what the limit of open files leaves (`ulimit -n`), at most 32768',
    help: 'connections that may be open at once; beyond it idle ones are closed, and then new ones are refused',
    parse: count,
  },
  {
    variable: 'CONNECTIONS_PER_ADDRESS_MAX',
    flag: 'connections-per-address-max',
    kinds: all,
    default: '1024',
    help: 'the same for one address (in IPv6: the first 64 bits of it); connections of this machine, and those on which a node proved the secret, are not counted',
    parse: count,
  },
] as const satisfies readonly OptionSpec[];
