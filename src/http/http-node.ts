/** All that the routes of a node work with; each room says what it needs of it. */

import type { Config } from '../config/config.ts';
import type { Activity } from './activity/activity-stream.ts';
import type { QuickAppendNode } from './append/quick-append.ts';
import type { NodeDirectory } from './nodes/node-directory.ts';
import type { Page } from './page/page.ts';
import type { ReadingNode } from './read/reading-node.ts';
import type { ConnectionLimit } from './wire/connection-limit.ts';
import type { HostNames } from './wire/cross-site.ts';

export interface HttpNode extends QuickAppendNode, ReadingNode {
  readonly config: Config;
  /** Whom a page may ask through this node. */
  readonly directory: NodeDirectory;
  /** By which browsers may ask it. */
  readonly hostNames: HostNames;
  readonly page: Page;
  readonly connections: ConnectionLimit;
  readonly activity: Activity;
  readonly metricsText: () => Promise<{ readonly contentType: string; readonly text: string }>;
}
