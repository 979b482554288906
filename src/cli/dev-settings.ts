/** The settings of `rlog dev`: flags, and variables for the ports. */

import { join } from 'node:path';
import { ConfigError } from '../config/config.ts';
import { basePortMax, devSettings } from '../config/dev-settings.ts';
import { defaultOf } from '../config/options.ts';
import { InvalidValue, port, seconds } from '../config/values.ts';
import { planNodes } from '../lab/node-plans.ts';
import type { Coordinator, NodePlan } from '../lab/node-plans.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { wholeNumber } from './whole-number.ts';

/** As they were typed. */
export interface DevFlags {
  readonly ha?: boolean;
  readonly nodes?: string;
  readonly basePort?: string;
  readonly delays?: string;
  readonly fresh?: boolean;
}

export interface DevPlan {
  readonly coordinator: Coordinator;
  /** The folder with the folders of all nodes. */
  readonly root: string;
  readonly nodes: readonly NodePlan[];
  readonly labPort: number;
  readonly isFresh: boolean;
}

const nodeCountDefault = 3;
/** Each node has a digit as its key. */
const nodeCountMax = 9;

/** @throws CliError */
export function devPlan({ ha = false, nodes, basePort, delays, fresh = false }: DevFlags): DevPlan {
  const nodeCount = nodes === undefined ? nodeCountDefault : wholeNumber('--nodes', nodes, { min: 1, max: nodeCountMax });
  const coordinator = ha ? 'elections' : 'static';
  const delaysMs = delaysOf(delays, ha ? nodeCount : nodeCount - 1);
  const { ports, labPort, logLevel } = settingsOrFail(nodeCount, basePort);
  const root = rootOf(coordinator, nodeCount, basePort === undefined ? undefined : ports[0]);
  // A master has no delay.
  const plans = planNodes({ coordinator, root, ports, labPort, delaysMs: ha ? delaysMs : [0, ...delaysMs], logLevel });
  return { coordinator, root, nodes: plans, labPort, isFresh: fresh };
}

/** A log contains the members with their addresses, so other nodes, more nodes and other ports have a log of their own. */
function rootOf(coordinator: Coordinator, nodeCount: number, basePort: number | undefined): string {
  const kind = coordinator === 'elections' ? '-ha' : '';
  const count = nodeCount === nodeCountDefault ? '' : `-${nodeCount}`;
  const place = basePort === undefined || basePort === defaultOf('MASTER_PORT') ? '' : `-at-${basePort}`;
  return join('data', `dev${kind}${count}${place}`);
}

function settingsOrFail(nodeCount: number, basePort: string | undefined): ReturnType<typeof devSettings> {
  try {
    return devSettings(nodeCount, basePort === undefined ? undefined : port(basePort, basePortMax(nodeCount)));
  } catch (error) {
    if (error instanceof InvalidValue)
      throw new CliError(`--base-port: ${error.message}, not "${basePort ?? ''}"`, exitCodes.usage, { cause: error });
    if (error instanceof ConfigError) throw new CliError(error.message, exitCodes.usage, { cause: error });
    throw error;
  }
}

/** One delay for each node that can have one, in milliseconds; an empty part is no delay. */
function delaysOf(text = '', countMax: number): number[] {
  const parts = text === '' ? [] : text.split(',').map((part) => part.trim());
  if (parts.length > countMax) throw new CliError(`--delays takes at most ${countMax} numbers here, like 2.0,1.5`, exitCodes.usage);
  return parts.map((part) => {
    try {
      return part === '' ? 0 : seconds(part);
    } catch (error) {
      if (error instanceof InvalidValue) throw new CliError(`--delays: ${error.message}, not "${part}"`, exitCodes.usage, { cause: error });
      throw error;
    }
  });
}
