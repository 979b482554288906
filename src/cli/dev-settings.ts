/** What `rlog dev` is told: ports by variables, delays by its flag. */

import { BadValue, seconds } from '../config/config.ts';
import { labPortCount } from '../lab/node-plans.ts';
import { CliError } from './cli-error.ts';

const portMax = 65_535;

/** @throws CliError */
export function devPorts(): { readonly ports: readonly [number, number, number]; readonly labPort: number } {
  const ports = [portOf('MASTER_PORT', 5000), portOf('FOLLOWER_1_PORT', 5001), portOf('FOLLOWER_2_PORT', 5002)] as const;
  const labPort = portOf('LAB_PORT', 5080, portMax - labPortCount + 1);
  const all = [...ports, ...Array.from({ length: labPortCount }, (_, index) => labPort + index)];
  const twice = all.find((port, index) => all.indexOf(port) !== index);
  if (twice === undefined) return { ports, labPort };
  const last = labPort + labPortCount - 1;
  throw new CliError(`port ${twice} is wanted twice: the nodes have ${ports.join(', ')}, the page and its links ${labPort} to ${last}`, 2);
}

/** Seconds for each secondary, as they were typed; nothing for one is no delay. @throws CliError */
export function delaysOf(text = ''): readonly [number, number] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length > 2) throw new CliError('--delays takes one number for each of the two secondaries, like 2.0,1.5', 2);
  const [first = 0, second = 0] = parts.map((part) => {
    try {
      return part === '' ? 0 : seconds(part);
    } catch (error) {
      if (error instanceof BadValue) throw new CliError(`--delays: ${error.message}, not "${part}"`, 2, { cause: error });
      throw error;
    }
  });
  return [first, second];
}

function portOf(variable: string, fallback: number, max = portMax): number {
  const text = process.env[variable];
  if (text === undefined || text === '') return fallback;
  if (!/^\d+$/.test(text) || Number(text) < 1 || Number(text) > max) {
    throw new CliError(`${variable}: a port from 1 to ${max}, not "${text}"`, 2);
  }
  return Number(text);
}
