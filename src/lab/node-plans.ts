/** The nodes of `rlog dev`: names, ports, folders, and how they know each other. */

import { join } from 'node:path';
import type { LabNode } from '../api/lab.ts';
import { securityOptions } from '../config/security-options.ts';

export const devHost = '127.0.0.1';

/** Who leads: the master, or the node that equal nodes elect. */
export type Coordinator = 'static' | 'elections';

export interface NodePlan {
  readonly id: string;
  readonly kind: LabNode['kind'];
  /** Where it listens. */
  readonly port: number;
  /** Where the other nodes reach it: a proxy to `port`, unless the node is cut off. */
  readonly linkPort: number;
  readonly folder: string;
  /** At its first start. */
  readonly delayMs: number;
  readonly environment: Readonly<Record<string, string>>;
}

interface PlanSettings {
  readonly coordinator: Coordinator;
  readonly root: string;
  /** One for each node. */
  readonly ports: readonly number[];
  /** The ports after it are for the links. */
  readonly labPort: number;
  /** Of each node, in their order; 0 for those that are left out. */
  readonly delaysMs: readonly number[];
  readonly logLevel: string;
}

/** The nodes are for this machine alone, whatever the environment says of others. */
const withoutSecurity = Object.fromEntries(securityOptions.map(({ variable }) => [variable, '']));

export function planNodes({ coordinator, root, ports, labPort, delaysMs, logLevel }: PlanSettings): NodePlan[] {
  const linkPorts = ports.map((_port, index) => labPort + 1 + index);
  // Members are known by their own ports, like anywhere else, and dial each other through the links.
  const urls = ports.map((port) => `http://${devHost}:${port}`);
  const dialInstead = urls.map((url, index) => `${url}=http://${devHost}:${linkPorts[index] ?? 0}`).join(',');
  return ports.map((port, index): NodePlan => {
    const { id, kind } = nameOf(coordinator, index);
    const folder = join(root, id);
    const ADVERTISED_URL = urls[index] ?? '';
    const own: Readonly<Record<string, string>> = {
      node: { NODE_PORT: String(port), NODES: urls.join(','), COORDINATOR: coordinator },
      master: { MASTER_PORT: String(port), SECONDARIES: urls.slice(1).join(',') },
      secondary: { SECONDARY_PORT: String(port), MASTER_URL: urls[0] ?? '' },
    }[kind];
    return {
      id,
      kind,
      port,
      linkPort: linkPorts[index] ?? 0,
      folder,
      delayMs: delaysMs[index] ?? 0,
      environment: {
        ...withoutSecurity,
        SERVER_ID: id,
        HOST: devHost,
        DATA_DIR: folder,
        LOG_LEVEL: logLevel,
        ADVERTISED_URL,
        DIAL_INSTEAD: dialInstead,
        ...own,
      },
    };
  });
}

function nameOf(coordinator: Coordinator, index: number): Pick<NodePlan, 'id' | 'kind'> {
  if (coordinator === 'elections') return { id: `n${index + 1}`, kind: 'node' };
  return index === 0 ? { id: 'master', kind: 'master' } : { id: `secondary${index}`, kind: 'secondary' };
}
