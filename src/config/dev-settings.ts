/** What the environment says to `rlog dev`: the ports of its nodes and of its page, and how much the nodes log. */

import { ConfigError } from './config.ts';
import { defaultOf } from './options.ts';
import { InvalidValue, port, portMax } from './values.ts';

type Environment = Readonly<Record<string, string | undefined>>;

interface DevSettings {
  readonly ports: readonly number[];
  /** Of the page; the ports after it are the links to the nodes, one each. */
  readonly labPort: number;
  /** As it is handed on to the nodes, which check it. */
  readonly logLevel: string;
}

/** How far the page's port is above the first node's. */
export const labDistance = 80;

/** Below this the page and the links of so many nodes have room. */
export function basePortMax(nodeCount: number): number {
  return portMax - labDistance - nodeCount;
}

/**
 * @param basePort - the first node's: all others follow from it, whatever the environment says
 * @throws ConfigError at the first mistake
 */
export function devSettings(nodeCount: number, basePort?: number, env: Environment = process.env): DevSettings {
  const portOf = (variable: string, fallback: number, max = portMax): number => {
    const text = basePort === undefined ? env[variable] : undefined;
    if (text === undefined || text === '') return fallback;
    try {
      return port(text, max);
    } catch (error) {
      if (error instanceof InvalidValue) throw new ConfigError([`${variable}: ${error.message}, not "${text}"`]);
      throw error;
    }
  };
  const first = basePort ?? defaultOf('MASTER_PORT');
  const ports = Array.from({ length: nodeCount }, (_, index) =>
    portOf(index === 0 ? 'MASTER_PORT' : `FOLLOWER_${index}_PORT`, first + index),
  );
  const labPort = portOf('LAB_PORT', first + labDistance, portMax - nodeCount);
  const all = [...ports, ...Array.from({ length: nodeCount + 1 }, (_, index) => labPort + index)];
  const twice = all.find((each, index) => all.indexOf(each) !== index);
  if (twice !== undefined) {
    const last = labPort + nodeCount;
    throw new ConfigError([
      `port ${twice} is wanted twice: the nodes have ${ports.join(', ')}, the page and its links ${labPort} to ${last}`,
    ]);
  }
  return { ports, labPort, logLevel: env['LOG_LEVEL'] ?? 'debug' };
}

/** What the environment says of the terminal that `rlog dev` is shown in. */
interface DevTerminalSettings {
  /** https://no-color.org */
  readonly isColoured: boolean;
  /** Whether the cursor can be moved. */
  readonly isCapable: boolean;
  /** Whether a browser has something to draw on, where that is said at all. */
  readonly hasDisplay: boolean;
  /** By `npm start`, in a checkout. */
  readonly isStartedByNpm: boolean;
}

export function devTerminalSettings(env: Environment = process.env): DevTerminalSettings {
  const isSet = (variable: string): boolean => (env[variable] ?? '') !== '';
  return {
    isColoured: !isSet('NO_COLOR'),
    isCapable: env['TERM'] !== 'dumb',
    hasDisplay: isSet('DISPLAY') || isSet('WAYLAND_DISPLAY') || isSet('WSL_DISTRO_NAME'),
    isStartedByNpm: env['npm_lifecycle_event'] === 'start',
  };
}
