/** What carries a service's questions to its node, in this thread or another one. */

import type { NodeFailed } from './node-failed.ts';
import type { Asked, Setup, Told } from './inside/messages.ts';
import type { ConfigError } from '../config/config.ts';

export interface Carrier {
  /** What was asked in one turn. */
  readonly ask: (asked: Asked) => void;
  /** After the node has answered `stop`: resolves when nothing of it is left. */
  readonly ended: () => Promise<void>;
  /** Ends the node without a word, like a crash. */
  readonly kill: () => Promise<void>;
}

export interface CarrierListener {
  readonly told: (told: Told) => void;
  /** The node cannot go on, or its thread is gone. */
  readonly failed: (reason: NodeFailed | ConfigError) => void;
}

/** Resolves when the node listens. @throws NodeFailed, ConfigError */
export type OpenCarrier = (setup: Setup, listener: CarrierListener) => Promise<Carrier>;
