/**
 * One instance of a key-value service. Its state follows from the log, and the log is in the three instances themselves.
 *
 *     node service.ts INSTANCE NODE,NODE,NODE PORT FOLDER
 */

import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
// In a project of your own: 'replicated-log'.
import { ProblemError, startNode } from '../../src/embed/index.ts';

interface Change {
  readonly key: string;
  /** `null`: the key is removed. */
  readonly value: unknown;
}

const [instance = '0', urls = '', port = '8000', dataDir = 'data'] = process.argv.slice(2);
const nodes = urls.split(',');
const node = await startNode({ id: `kv-${instance}`, url: nodes[Number(instance)] ?? '', nodes, dataDir, signals: true });

const values = new Map<string, unknown>();
/** One past the last entry that is applied. */
let end = 0;
let waiting: { readonly until: number; readonly go: () => void }[] = [];

async function follow(): Promise<void> {
  for await (const { offset, message } of node.follow<Change>({ from: 0 })) {
    if (message.value === null) values.delete(message.key);
    else values.set(message.key, message.value);
    end = offset + 1;
    for (const { until, go } of waiting) if (until <= end) go();
    waiting = waiting.filter(({ until }) => until > end);
  }
}

/** Resolves when everything before `until` is applied here. */
async function applied(until: number): Promise<void> {
  if (end < until) await new Promise<void>((go) => waiting.push({ until, go }));
}

async function change(key: string, value: unknown): Promise<{ readonly offset: number }> {
  const { offset } = await node.append({ key, value } satisfies Change);
  await applied(offset + 1);
  return { offset };
}

async function answerTo(request: IncomingMessage): Promise<object> {
  const key = decodeURIComponent(new URL(request.url ?? '/', 'http://kv').pathname.slice(1));
  let body = '';
  for await (const chunk of request) body += String(chunk);
  if (request.method === 'PUT') return change(key, JSON.parse(body));
  if (request.method === 'DELETE') return change(key, null);
  return { value: values.get(key) ?? null };
}

const server = createServer((request, response) => {
  answerTo(request).then(
    (answer) => response.end(`${JSON.stringify(answer)}\n`),
    (error: unknown) => {
      // `rejected`: it is not stored. `unknown`: it may be, and who asked has to look.
      const { code, outcome } = error instanceof ProblemError ? error : { code: 'bad-request', outcome: 'rejected' };
      response.statusCode = error instanceof ProblemError ? 503 : 400;
      response.end(`${JSON.stringify({ error: code, outcome })}\n`);
    },
  );
});

// It ends when the node is stopped.
follow().catch((error: unknown) => process.stderr.write(`kv-${instance}: ${String(error)}\n`));
node.failed.catch((error: unknown) => {
  process.stderr.write(`kv-${instance}: the node failed: ${String(error)}\n`);
  process.exit(1);
});
await node.ready();
server.listen(Number(port), '127.0.0.1', () => process.send?.('serves'));
