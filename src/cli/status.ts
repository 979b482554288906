/** `rlog status` */

import type { Health } from '../api/health.ts';
import { leadersView, reportsOf } from './all-nodes.ts';
import { answeringNode } from './any-node.ts';
import type { NodeReport } from './doctor/report.ts';
import { exitCodes } from './exit-codes.ts';
import { statusText } from './status-lines.ts';
import { everyMsOf, watch } from './watch.ts';
import { printable } from '../observe/printable.ts';

interface StatusOptions {
  readonly url: string;
  readonly json?: boolean;
  /** Whether `degraded` is a failure as well, and a cluster that no member may leave. */
  readonly strict?: boolean;
  /** Repeat, after this many seconds. */
  readonly watch?: string | true;
}

/** The exit code is `rejected` if appends would be refused. @throws CliError */
export async function status(options: StatusOptions): Promise<void> {
  if (options.watch !== undefined)
    return watch(() => textOf(options), { everyMs: everyMsOf(options.watch), isJson: options.json === true });
  process.stdout.write(await textOf(options));
}

/** Also sets the exit code. */
async function textOf({ url: text, json, strict }: StatusOptions): Promise<string> {
  const { url, health: own } = await answeringNode(text);
  const health = await leadersView(url, own);
  const nodes = await reportsOf(url, health.members, own.node);
  const isFailure = health.status === 'read-only' || (strict === true && isAtRisk(health));
  process.exitCode = isFailure ? exitCodes.rejected : exitCodes.done;
  return json === true
    ? `${printable(JSON.stringify({ ...health, nodes: nodes.map(nodeJson) }))}\n`
    : statusText(health, nodes, Date.now());
}

/** An older version does not report what it tolerates; a follower does not know it, whose leader does not answer. */
function isAtRisk({ status: condition, tolerates }: Partial<Health>): boolean {
  return condition !== 'healthy' || tolerates === 0 || tolerates === null;
}

/** What each node says of itself; `null` where it did not answer, or is too old to know. */
function nodeJson({ id, url, health, silence }: NodeReport): object {
  const { role, version, startedAt, electable, notElectable, disk, canStore, settings } = health ?? {};
  return {
    ...{ id, url, answers: health !== undefined, silence: silence ?? null },
    ...{ role: role ?? null, version: version ?? null, startedAt: startedAt ?? null },
    ...{ electable: electable ?? null, notElectable: notElectable ?? null },
    ...{ canStore: canStore ?? null, disk: disk ?? null, settings: settings ?? null },
  };
}
