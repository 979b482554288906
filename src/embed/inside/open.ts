/** Opens a node for the service that it belongs to, in the thread in which this is called. */

import { accessSync, constants } from 'node:fs';
import { startNode } from '../../start-node.ts';
import { makeFolder } from '../../io/make-folder.ts';
import { privateFolder } from '../../io/private-modes.ts';
import { createLogger } from '../../observe/logger.ts';
import type { Asked, Setup, Told } from './messages.ts';
import { Service } from './service.ts';

export interface OpenNode {
  readonly ask: (asked: Asked) => void;
  /** Ends at once: nothing more is decided, stored or answered. What was acknowledged is on the disk. */
  readonly crash: (error: unknown) => void;
  /** Closes what a crash has left open, where the process goes on. */
  readonly close: () => Promise<void>;
}

interface Listeners {
  readonly told: (told: Told) => void;
  /** Called when the node cannot go on. */
  readonly failed: (error: unknown) => void;
}

/** @throws what `startNode` throws, or the error of the file system */
export async function openNode({ config, logsToStdout }: Setup, { told, failed }: Listeners): Promise<OpenNode> {
  if (config.dataDir !== undefined) {
    makeFolder(config.dataDir, privateFolder);
    accessSync(config.dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  }
  const logger = await createLogger(config, { writesToStdout: logsToStdout });
  const running = await startNode(config, logger).catch((error: unknown) => {
    logger.log.fatal({ err: error }, 'node.not-started');
    logger.flush();
    throw error;
  });
  const service = new Service({ running, log: logger.log, tell: told });
  const crash = (error: unknown): void => {
    logger.log.fatal({ err: error }, 'node.failed');
    running.driver.halt();
    logger.flush();
    failed(error);
  };
  running.failed.catch(crash);
  return { ask: (asked) => service.ask(asked), crash, close: running.stop };
}
