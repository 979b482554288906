/** Records on real nodes what the README's animated picture shows: a leader is killed, another one is elected, the first comes back. */

import assert from 'node:assert/strict';
import type { LeaderDocument } from '../src/api/leadership.ts';
import { append, ask, messagesOf } from '../test/support/api.ts';
import { startEqual } from '../test/support/nodes.ts';
import type { TestNode } from '../test/support/nodes.ts';
import { waitFor } from '../test/support/wait.ts';

/** Times are milliseconds since the leader was killed, or since it was started again. */
export interface FailoverStory {
  readonly killed: string;
  readonly elected: string;
  /** The node that the waiting append was sent to. */
  readonly asked: string;
  readonly epochs: readonly [number, number];
  readonly pollMs: number;
  readonly leadsMs: number;
  readonly answeredMs: number;
  /** From the start of the process until it holds everything that it missed. */
  readonly caughtUpMs: number;
  readonly countBefore: number;
  readonly countAfter: number;
}

const countBefore = 3;
/** Including the one that waits. */
const countAfter = 3;

/** Starts three nodes, and stops them in the end. */
export async function recordFailover(): Promise<FailoverStory> {
  await using cluster = await startEqual(3, { LOG_LEVEL: 'info' });
  const [killed, asked, third] = cluster.nodes;
  assert.ok(killed !== undefined && asked !== undefined && third !== undefined);
  const first = await leaderAt(asked);
  assert.equal(first.id, killed.id, 'the first founds');
  for (let n = 0; n < countBefore; n += 1) await write(asked, n);
  await holdsAll(third, countBefore);

  const killedAt = Date.now();
  killed.signal('SIGKILL');
  await write(asked, countBefore);
  const answeredMs = Date.now() - killedAt;
  await killed.exited();
  const second = await leaderAt(asked);
  const elected = cluster.nodes.find(({ id }) => id === second.id);
  assert.ok(elected !== undefined);
  for (let n = 1; n < countAfter; n += 1) await write(asked, countBefore + n);

  const startedAt = Date.now();
  killed.spawn();
  await holdsAll(killed, countBefore + countAfter);
  return {
    killed: killed.id,
    elected: elected.id,
    asked: asked.id,
    epochs: [first.epoch, second.epoch],
    pollMs: timeOf(elected, 'poll.started') - killedAt,
    leadsMs: timeOf(elected, 'epoch.began') - killedAt,
    answeredMs,
    caughtUpMs: Date.now() - startedAt,
    countBefore,
    countAfter,
  };
}

async function write(node: TestNode, n: number): Promise<void> {
  const { status, text } = await append(node, `message ${n}`, { w: 'majority' });
  assert.equal(status, 201, text);
}

async function leaderAt(node: TestNode): Promise<LeaderDocument> {
  return (await ask(node, '/leader')).json as unknown as LeaderDocument;
}

async function holdsAll(node: TestNode, count: number): Promise<void> {
  await waitFor(`${node.id} holds ${count} messages`, async () => {
    try {
      return (await messagesOf(node)).length === count;
    } catch {
      // It is still starting.
      return false;
    }
  });
}

/** The time of the last such line in the node's log. */
function timeOf(node: TestNode, event: string): number {
  const time = node.events(event).at(-1)?.['time'];
  assert.ok(typeof time === 'string', `${node.id} logged no ${event}`);
  return Date.parse(time);
}
