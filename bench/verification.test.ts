import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { LoadResult } from './load/plan.ts';
import { Verification } from './verification.ts';
import type { ReadableNode } from './verification.ts';

interface Entry {
  readonly lane: number;
  readonly counter: number;
}

const line = (offset: number, { lane, counter }: Entry): string =>
  `{"offset":${offset},"epoch":1,"timestamp":"t","message":"g0003l${String(lane).padStart(4, '0')}n${String(counter).padStart(12, '0')}filling"}\n`;

/** A node that serves these entries, in pieces. */
async function serving(name: string, entries: readonly Entry[]): Promise<ReadableNode & AsyncDisposable> {
  const server = createServer((request, response) => {
    const from = Number(/from=(\d+)/.exec(request.url ?? '')?.[1]);
    const text = entries
      .map((entry, offset) => line(offset, entry))
      .slice(from)
      .join('');
    for (let at = 0; at < text.length; at += 50) response.write(text.slice(at, at + 50));
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { spec: { name }, url, [Symbol.asyncDispose]: close };
}

async function verify(leader: readonly Entry[], follower: readonly Entry[] = leader): Promise<void> {
  await using first = await serving('master', leader);
  await using second = await serving('s1', follower);
  const verification = new Verification();
  verification.expect({ generator: 3, acknowledged: [2, 1] } as Partial<LoadResult> as LoadResult);
  await verification.run([first, second]);
}

const all: readonly Entry[] = [
  { lane: 0, counter: 0 },
  { lane: 1, counter: 0 },
  { lane: 0, counter: 1 },
];
const [zero, other, one] = all as [Entry, Entry, Entry];

test('a log with every acknowledged message, on every node in one order, passes', () => verify(all));

test('an acknowledged message that the leader lacks is found', () =>
  assert.rejects(verify([zero, other]), /master lacks 1 acknowledged messages of lane 0 of generator 3/));

test('a message that is in the log twice is found', () =>
  assert.rejects(verify([zero, other, one, one]), /message 1 of lane 0 .* where 2 is due/));

test("a writer's messages in another order are found", () =>
  assert.rejects(verify([one, zero, other]), /message 1 of lane 0 .* where 0 is due/));

test('a message that was never acknowledged is found', () =>
  assert.rejects(verify([...all, { lane: 1, counter: 1 }]), /message 1 of lane 1 .* never acknowledged/));

test('a follower that lacks a message is found', () => assert.rejects(verify(all, [zero, other]), /s1 has 2 entries, and master 3/));

test('a follower with another order is found', () => assert.rejects(verify(all, [other, zero, one]), /s1 does not have what master has/));
