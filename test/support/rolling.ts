/** What an operator does to a cluster that runs: replaces a file, and restarts node after node once all are well. */

import { renameSync, writeFileSync } from 'node:fs';
import { ask } from './api.ts';
import { isReady } from './nodes.ts';
import type { TestCluster, TestNode } from './nodes.ts';
import { waitFor } from './wait.ts';

/** Nobody sees half of it. */
export function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

/** @param token - for nodes that tell more than a word only to those who have one */
export async function healthy({ nodes }: Pick<TestCluster, 'nodes'>, token?: string): Promise<void> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  for (const node of nodes) await isReady(node);
  await waitFor('all are healthy', async () => {
    const statuses = await Promise.all(nodes.map((node) => ask(node, '/health', { headers })));
    return statuses.some(({ json }) => json['role'] === 'leader' && json['status'] === 'healthy');
  });
}

/** Stops and starts each node, one after the other, once all are healthy. */
export async function restartEach(
  cluster: TestCluster,
  changes: (node: TestNode) => Parameters<TestNode['start']>[0],
  token?: string,
): Promise<void> {
  for (const node of cluster.nodes) {
    await healthy(cluster, token);
    await node.stop();
    await node.start(changes(node));
  }
  await healthy(cluster, token);
}
