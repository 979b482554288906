/** The three nodes of `rlog dev`: names, ports, folders, and how they know each other. */

import { join } from 'node:path';

export const devHost = '127.0.0.1';

/** One for the lab itself, and one for the link to each node. */
export const labPortCount = 4;

export interface NodePlan {
  readonly id: string;
  readonly kind: 'master' | 'secondary';
  /** Where it listens. */
  readonly port: number;
  /** Where the other nodes reach it: what comes there goes on to `port`, unless the node is cut off. */
  readonly linkPort: number;
  readonly folder: string;
  /** At its first start. */
  readonly delayMs: number;
  readonly environment: Readonly<Record<string, string>>;
}

export interface DevSettings {
  readonly root: string;
  readonly ports: readonly [number, number, number];
  readonly labPort: number;
  /** Of each secondary. */
  readonly delaysMs: readonly [number, number];
  readonly logLevel: string;
}

export function planNodes({ root, ports, labPort, delaysMs, logLevel }: DevSettings): NodePlan[] {
  const linkPorts = ports.map((_port, index) => labPort + 1 + index);
  // Members know each other by these: they are the same at every start, as the member list is kept.
  const [masterUrl = '', ...secondaryUrls] = linkPorts.map((port) => `http://${devHost}:${port}`);
  return ports.map((port, index): NodePlan => {
    const kind = index === 0 ? 'master' : 'secondary';
    const id = index === 0 ? 'master' : `secondary${index}`;
    const folder = join(root, id);
    const own: Record<string, string> =
      kind === 'master'
        ? { MASTER_PORT: String(port), SECONDARIES: secondaryUrls.join(','), ADVERTISED_URL: masterUrl }
        : { SECONDARY_PORT: String(port), MASTER_URL: masterUrl, ADVERTISED_URL: secondaryUrls[index - 1] ?? '' };
    return {
      id,
      kind,
      port,
      linkPort: linkPorts[index] ?? 0,
      folder,
      delayMs: delaysMs[index - 1] ?? 0,
      environment: { SERVER_ID: id, HOST: devHost, DATA_DIR: folder, LOG_LEVEL: logLevel, ...own },
    };
  });
}
