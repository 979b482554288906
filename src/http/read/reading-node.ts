/** What reading needs of its node. */

import type { Config } from '../../config/config.ts';
import type { Access } from '../access/access.ts';
import type { Dialect } from '../dialects/list-format.ts';
import type { EntrySource } from './entry-stream.ts';
import type { LiveTail } from './live-tail.ts';

export interface ReadingNode extends EntrySource {
  readonly config: Pick<Config, 'writeTimeoutMs'>;
  /** The dialect of this node. */
  readonly dialect: Dialect;
  readonly liveTail: LiveTail;
  readonly access: Access;
}
