/** `replicated-log/testing`: a cluster of real nodes for your tests (docs/embedding.md). */

export { startTestCluster } from './test-cluster.ts';
export type { TestCluster, TestClusterOptions } from './test-cluster.ts';
