/** The settings of `rlog dev` from the environment: the ports of its nodes and of its page, and how much the nodes log. */

import { ConfigError } from './config.ts';
import { defaultOf } from './options.ts';
import { InvalidValue, port, portMax } from './values.ts';

type Environment = Readonly<Record<string, string | undefined>>;

interface DevSettings {
  readonly ports: readonly number[];
  /** Port of the page; the ports after it are those of the links, one for each node. */
  readonly labPort: number;
  /** Passed to the nodes, which check it. */
  readonly logLevel: string;
}

/** How far the page's port is above the first node's. */
export const labDistance = 80;

/** The highest base port that leaves room for the page and the links of so many nodes. */
export function basePortMax(nodeCount: number): number {
  return portMax - labDistance - nodeCount;
}

/** @param basePort - port of the first node, from which all others follow, whatever the environment says */
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
      `port ${twice} is used twice: the nodes have ${ports.join(', ')}, the page and its links ${labPort} to ${last}`,
    ]);
  }
  return { ports, labPort, logLevel: env['LOG_LEVEL'] ?? 'debug' };
}

/** What the environment tells about the terminal in which `rlog dev` runs. */
interface DevTerminalSettings {
  /** See https://no-color.org. */
  readonly isColoured: boolean;
  /** The cursor can be moved. */
  readonly isCapable: boolean;
  /** The environment names a display on which a browser could open. */
  readonly hasDisplay: boolean;
  /** Started by `npm start`, in a checkout. */
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
