/** `rlog node`, `rlog master` and `rlog secondary`: one node in this process, until a signal ends it. */

import { accessSync, constants } from 'node:fs';
import { ConfigError } from '../config/config.ts';
import type { Config, NodeKind } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import type { NamedRole } from '../config/role-by-name.ts';
import { createLogger } from '../observe/logger.ts';
import type { NodeLogger } from '../observe/logger.ts';
import { makeFolder } from '../io/make-folder.ts';
import { privateFolder } from '../io/private-modes.ts';
import { isWrongSetting, operatorMessage } from '../start-failure.ts';
import { startNode } from '../start-node.ts';
import type { RunningNode } from '../start-node.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { onStopSignals } from '../io/stop-signals.ts';
import { printableLines } from '../observe/printable.ts';

type Flags = Readonly<Record<string, string | boolean | undefined>>;

export interface NodeStart {
  readonly kind: NodeKind;
  readonly flags?: Flags;
  /** What the container's name decides. */
  readonly named?: NamedRole | undefined;
  /** Logged first. */
  readonly says?: { readonly event: string; readonly facts: object };
}

export async function runNode({ kind, flags = {}, named, says }: NodeStart): Promise<void> {
  const config = configOrFail(kind, { flags, named });
  requireDataDir(config);
  const logger = await loggerOrFail(config);
  const { log } = logger;
  if (says !== undefined) log.info(says.facts, says.event);
  const die = (error: unknown, event: string): never => {
    log.fatal({ err: error }, event);
    logger.flush();
    process.exit(exitCodes.rejected);
  };
  process.on('uncaughtException', (error) => die(error, 'node.failed'));
  process.on('unhandledRejection', (error) => die(error, 'node.failed'));
  const node = await startOrFail(config, logger);
  node.failed.catch((error: unknown) => {
    const reason = reasonOf(error, config);
    if (reason === undefined) die(error, 'node.failed');
    else endWith(reason, 'node.failed', logger);
  });
  stopOnSignals(node, logger);
}

/** @throws CliError */
export function configOrFail(kind: NodeKind, given: { readonly flags: Flags; readonly named: NamedRole | undefined }): Config {
  try {
    return loadConfig(kind, given);
  } catch (error) {
    if (error instanceof ConfigError) throw new CliError(wrongSettings(error), exitCodes.usage);
    throw error;
  }
}

function wrongSettings({ mistakes }: ConfigError): string {
  return `the configuration is wrong:\n  ${mistakes.join('\n  ')}`;
}

function reasonOf(error: unknown, config: Config): string | undefined {
  return error instanceof ConfigError ? wrongSettings(error) : operatorMessage(error, config);
}

/** Called before the log file is opened, which is in this folder by default. */
function requireDataDir({ dataDir }: Config): void {
  if (dataDir === undefined) return;
  try {
    makeFolder(dataDir, privateFolder);
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new CliError(`DATA_DIR: ${dataDir} cannot be used: ${messageOf(cause)}`, exitCodes.rejected, { cause });
  }
}

async function loggerOrFail(config: Config): Promise<NodeLogger> {
  try {
    return await createLogger(config);
  } catch (cause) {
    throw new CliError(`LOG_FILE: ${config.logFile ?? ''} cannot be written: ${messageOf(cause)}`, exitCodes.rejected, { cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function startOrFail(config: Config, logger: NodeLogger): Promise<RunningNode> {
  try {
    return await startNode(config, logger);
  } catch (error) {
    const reason = reasonOf(error, config);
    if (reason === undefined) throw error;
    return endWith(reason, 'node.not-started', logger, isWrongSetting(error) ? exitCodes.usage : exitCodes.rejected);
  }
}

/** Reports the reason in the log and on the terminal. */
function endWith(reason: string, event: string, logger: NodeLogger, exitCode: ExitCode = exitCodes.rejected): never {
  logger.log.fatal({ reason }, event);
  logger.flush();
  process.stderr.write(`rlog: ${printableLines(reason)}\n`);
  process.exit(exitCode);
}

function stopOnSignals(node: RunningNode, logger: NodeLogger): void {
  const end = (): void => {
    node.stop().then(
      () => {
        logger.flush();
        process.exit(exitCodes.done);
      },
      (error: unknown) => {
        logger.log.fatal({ err: error }, 'node.failed');
        logger.flush();
        process.exit(exitCodes.rejected);
      },
    );
  };
  // Everything acknowledged is durable already.
  const endAtOnce = (exitCode: number): void => {
    logger.flush();
    process.exit(exitCode);
  };
  onStopSignals(process, { now: () => performance.now(), end, endAtOnce });
}
