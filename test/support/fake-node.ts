/** A server that answers like a node, with whatever a test wants. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Health } from '../../src/api/health.ts';
import { usualSettings } from '../../src/api/health.test-support.ts';

export interface FakeAnswer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FakeNode extends AsyncDisposable {
  readonly url: string;
}

/** @param answer - `path` is without the query; on `undefined` the connection is closed */
export async function fakeNode(answer: (method: string, path: string) => FakeAnswer | undefined): Promise<FakeNode> {
  const server = createServer((request, response) => {
    request.resume();
    const found = answer(request.method ?? '', (request.url ?? '').split('?')[0] ?? '');
    if (found === undefined) request.socket.destroy();
    else response.writeHead(found.status, { 'content-type': 'application/json', ...found.headers }).end(JSON.stringify(found.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The `/health` of a leader called `m`. */
export function healthOfLeader(changes: Partial<Health> = {}, url = 'http://127.0.0.1:1'): Health {
  return {
    ...{ status: 'healthy', server_id: 'm', message_count: 3, role: 'leader', node: 'm', cluster: 'c', storage: 's', epoch: 4 },
    leader: { id: 'm', url, epoch: 4 },
    leaderSince: '2026-01-02T03:04:05.678Z',
    deposedBy: null,
    ...{ electable: true, notElectable: [], tolerates: 1, election: null },
    ...{ firstOffset: 0, oldestAt: null },
    retention: { maxAgeMs: null, maxBytes: null, maxEntries: null, idempotencyWindowMs: 86_400_000 },
    ends: { logEnd: 3, durableEnd: 3, committedEnd: 3, visibleEnd: 3 },
    members: [],
    waitingFor: [],
    ...{ waitingAppends: 0, canStore: true, diskStalled: null, datedAheadMs: 0, clockDoubtedMs: 0, isRetentionHeld: false, disk: null },
    settings: usualSettings,
    certificateEndsAt: null,
    ...{ version: '0', startedAt: '2026-01-02T03:04:05.678Z' },
    ...changes,
  };
}
