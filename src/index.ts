/** Embeds a node: `startNode(loadConfig('master', { env: { … } }), createLogger(config))`. */

export { ConfigError } from './config/config.ts';
export type { Config, NodeKind } from './config/config.ts';
export { loadConfig } from './config/load.ts';
export { createLogger } from './observe/logger.ts';
export { startNode } from './start-node.ts';
export type { RunningNode } from './start-node.ts';
export { LogError, problems } from './api/problems.ts';
export type { ProblemCode, ProblemFacts, ProblemKind } from './api/problems.ts';
