/** Embed a node: `startNode(loadConfig('master', { env: { … } }), createLogger(config))`. */

export { ConfigError, loadConfig } from './config.ts';
export type { Config, NodeKind } from './config.ts';
export { createLogger } from './io/logger.ts';
export { startNode } from './main.ts';
export type { RunningNode } from './main.ts';
export { LogError, problems } from './problems.ts';
export type { ProblemCode, ProblemFacts, ProblemKind } from './problems.ts';
