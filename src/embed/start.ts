/** Starts a node in the user's process. */

import { configOf } from './node-config.ts';
import { openHere } from './here.ts';
import { LogNode } from './log-node.ts';
import { NodeFailed } from './node-failed.ts';
import type { NodeOptions } from './options.ts';
import { openThread } from './own-thread.ts';
import { onStopSignals } from '../io/stop-signals.ts';

/** The oldest Node that it runs on. A test compares it with package.json. */
export const oldestNode = '24.9.0';

/**
 * Starts a node in this process, in a thread of its own unless `thread` is `false`. Resolves once it listens; whether there is a
 * leader yet, `ready` tells.
 * @throws ConfigError for options that are wrong, all of them at once; NodeFailed if it does not start
 */
export async function startNode(options: NodeOptions): Promise<LogNode> {
  checkNode(process.versions.node);
  const config = configOf(options);
  const { thread = true, signals = false, logToStdout = false, maxPending } = options;
  const node = await LogNode.open({ config, logsToStdout: logToStdout }, { open: thread ? openThread : openHere, maxPending });
  if (signals) stopOnSignals(node);
  return node;
}

/** @throws NodeFailed */
export function checkNode(version: string): void {
  const [parts, needed] = [version, oldestNode].map((text) => text.split('.').map(Number));
  const [major = 0, minor = 0] = parts ?? [];
  const [neededMajor = 0, neededMinor = 0] = needed ?? [];
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return;
  throw new NodeFailed('OldNode', `replicated-log needs Node ${oldestNode} or newer, and this is ${version}`);
}

/** The process ends once the node is stopped; with code 1 if that fails. */
function stopOnSignals(node: LogNode): void {
  onStopSignals(process, {
    now: () => performance.now(),
    end: () => {
      node.stop().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    },
    endAtOnce: (exitCode) => process.exit(exitCode),
  });
}
