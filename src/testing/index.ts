/**
 * A cluster of real nodes for your tests (docs/embedding.md).
 * @module replicated-log/testing
 */

export { startTestCluster } from './test-cluster.ts';
export type { TestCluster, TestClusterOptions } from './test-cluster.ts';
