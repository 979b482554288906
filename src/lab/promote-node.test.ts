import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { promoteNode } from './promote-node.ts';

async function nodeThat(answers: (response: ServerResponse) => void) {
  const server = createServer((request, response) => {
    request.resume();
    answers(response);
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

test('a promotion tells its result, or why it failed', async () => {
  const promoted = { leader: 'n2', epoch: 5, ms: 7 };
  await using well = await nodeThat((response) => response.end(JSON.stringify(promoted)));
  assert.deepEqual(await promoteNode({ id: 'n2', url: well.url, timeoutMs: 5000 }), promoted);
  await using refusing = await nodeThat((response) => {
    response.writeHead(503).end(JSON.stringify({ code: 'promotion-refused', detail: 'it is behind' }));
  });
  await assert.rejects(promoteNode({ id: 'n2', url: refusing.url, timeoutMs: 5000 }), {
    code: 'not-now',
    message: 'n2 cannot lead now: it is behind',
  });
});

test('a promotion gives up on a silent node, such as a paused one, after its timeout or when it is aborted', {
  timeout: 20_000,
}, async () => {
  await using paused = await nodeThat(() => undefined);
  await assert.rejects(promoteNode({ id: 'n2', url: paused.url, timeoutMs: 1 }), { code: 'not-now', message: /^n2 does not answer: / });
  const over = new AbortController();
  const promotion = promoteNode({ id: 'n2', url: paused.url, timeoutMs: 600_000, signal: over.signal });
  const why = new Error('it is over');
  over.abort(why);
  await assert.rejects(promotion, why);
});
