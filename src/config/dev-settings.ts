/** What the environment says to `rlog dev`: the ports of its three nodes and of its page, and how much the nodes log. */

import { ConfigError } from './config.ts';
import { defaultOf } from './options.ts';
import { InvalidValue, port, portMax } from './values.ts';

type Environment = Readonly<Record<string, string | undefined>>;

interface DevSettings {
  readonly ports: readonly [number, number, number];
  readonly labPort: number;
  /** As it is handed on to the nodes, which check it. */
  readonly logLevel: string;
}

/**
 * @param labPortCount - how many ports the page and the links beside it take, from `labPort` on
 * @throws ConfigError at the first mistake
 */
export function devSettings(labPortCount: number, env: Environment = process.env): DevSettings {
  const portOf = (variable: string, fallback: number, max = portMax): number => {
    const text = env[variable];
    if (text === undefined || text === '') return fallback;
    try {
      return port(text, max);
    } catch (error) {
      if (error instanceof InvalidValue) throw new ConfigError([`${variable}: ${error.message}, not "${text}"`]);
      throw error;
    }
  };
  const first = portOf('MASTER_PORT', defaultOf('MASTER_PORT'));
  const second = portOf('FOLLOWER_1_PORT', defaultOf('SECONDARY_PORT'));
  const third = portOf('FOLLOWER_2_PORT', defaultOf('SECONDARY_PORT') + 1);
  const ports = [first, second, third] as const;
  const labPort = portOf('LAB_PORT', 5080, portMax - labPortCount + 1);
  const all = [...ports, ...Array.from({ length: labPortCount }, (_, index) => labPort + index)];
  const twice = all.find((each, index) => all.indexOf(each) !== index);
  if (twice !== undefined) {
    const last = labPort + labPortCount - 1;
    throw new ConfigError([
      `port ${twice} is wanted twice: the nodes have ${ports.join(', ')}, the page and its links ${labPort} to ${last}`,
    ]);
  }
  return { ports, labPort, logLevel: env['LOG_LEVEL'] ?? 'debug' };
}
