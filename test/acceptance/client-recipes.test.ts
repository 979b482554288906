/** The recipes of docs/client.md, killed and stopped as they say. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { LogClient } from '../../src/client/index.ts';
import { exchange, healthOf, messagesOf } from '../support/api.ts';
import { onlyLong } from '../support/long.ts';
import { startEqual, startThree } from '../support/nodes.ts';
import type { TestCluster } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { noPostgres, Postgres, postgresTools } from '../support/postgres.ts';
import { recipe, RecipeFolder } from '../support/recipes.ts';
import { waitFor } from '../support/wait.ts';

/** Writes what it handled as a line. */
const handle = `import { appendFile } from 'node:fs/promises';
export const handle = (message) => appendFile('handled', JSON.stringify(message) + '\\n');
`;

const urlsOf = ({ nodes }: TestCluster): string[] => nodes.map(({ url }) => url);

function handledIn(folder: RecipeFolder): unknown[] {
  if (!existsSync(join(folder.path, 'handled'))) return [];
  return folder
    .read('handled')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}

const kills = 4;
const perRound = 100;
const count = (kills + 1) * perRound;

/** The program is killed in the middle of its work, again and again, and then finishes it. @param messageOf - the nth message */
async function killedAsItGoes(
  { cluster, folder, program }: { readonly cluster: TestCluster; readonly folder: RecipeFolder; readonly program: string },
  messageOf: (n: number) => unknown,
  progress: () => number,
): Promise<void> {
  const log = new LogClient({ urls: urlsOf(cluster) });
  for (let round = 0; round <= kills; round += 1) {
    const begun = round * perRound;
    await log.appendMany(Array.from({ length: perRound }, (_unused, n) => messageOf(begun + n)));
    const { process: child, ended } = folder.start(program, { LOG_URLS: urlsOf(cluster).join() });
    await waitFor('it makes progress', () => progress() >= (round === kills ? count : begun + 1));
    child.kill('SIGKILL');
    await ended;
  }
}

test('a reader that keeps its place goes on after each kill: nothing is left out, and little is handled twice', onlyLong, async () => {
  await using cluster = await startEqual(1);
  await using folder = new RecipeFolder({ 'at-least-once.mjs': recipe('at-least-once.mjs'), 'handle.mjs': handle });
  const progress = (): number => new Set(handledIn(folder)).size;
  await killedAsItGoes({ cluster, folder, program: 'at-least-once.mjs' }, (n) => n, progress);
  const handled = handledIn(folder);
  assert.deepEqual(
    [...new Set(handled)],
    Array.from({ length: count }, (_unused, n) => n),
  );
  assert.ok(handled.length <= count + kills, `${handled.length} handled of ${count}`);
});

test('a reader with its place in the transaction counts each entry once, however often it is killed', onlyLong, async () => {
  await using cluster = await startEqual(1);
  await using folder = new RecipeFolder({ 'exactly-once.mjs': recipe('exactly-once.mjs') });
  const messageOf = (n: number) => ({ account: n % 2 === 0 ? 'even' : 'odd', amount: n });
  const path = join(folder.path, 'totals.db');
  /** A row of the database, as other programs see it. */
  const ask = (sql: string): readonly Readonly<Record<string, unknown>>[] => {
    const db = new DatabaseSync(path);
    try {
      db.exec('PRAGMA busy_timeout = 5000');
      return db.prepare(sql).all();
    } finally {
      db.close();
    }
  };
  const isThere = (): boolean => existsSync(path) && ask("SELECT 1 FROM sqlite_master WHERE name = 'totals'").length > 0;
  const progress = (): number => (isThere() ? Number(ask('SELECT next FROM place')[0]?.['next'] ?? 0) : 0);
  await killedAsItGoes({ cluster, folder, program: 'exactly-once.mjs' }, messageOf, progress);
  const entries = Array.from({ length: count }, (_unused, n) => messageOf(n));
  const sumOf = (name: string): number => entries.reduce((sum, { account, amount }) => (account === name ? sum + amount : sum), 0);
  assert.deepEqual(
    ask('SELECT account, sum FROM totals ORDER BY account').map(({ account, sum }) => [account, sum]),
    ['even', 'odd'].map((account) => [account, sumOf(account)]),
  );
});

test('a service that is told to stop answers what it has begun, and ends by itself', onlyLong, async () => {
  const { cluster, master } = await startThree({ delays: ['2', '2'] });
  await using _ = cluster;
  await using folder = new RecipeFolder({ 'graceful-stop.mjs': recipe('graceful-stop.mjs'), 'handle.mjs': handle });
  const PORT = String(await freePort());
  const { process: service, ended } = folder.start('graceful-stop.mjs', { LOG_URLS: master.url, PORT });
  const get = (path: string): Promise<string> => exchange(new URL(`http://localhost:${PORT}/${path}`), {}).then(({ text }) => text);
  const isRefused = (): Promise<boolean> =>
    get('').then(
      () => false,
      () => true,
    );
  await waitFor('the service listens', async () => !(await isRefused()));
  const before = (await healthOf(master)).ends.logEnd;
  const waiting = Promise.all(['a', 'b'].map(get));
  // Stored at the master, and on their way to the others for two seconds.
  await waitFor('both are stored', async () => (await healthOf(master)).ends.logEnd >= before + 2);
  service.kill('SIGTERM');
  await waitFor('it takes nothing new', isRefused);
  for (const answer of await waiting) assert.match(answer, /^\d+\n$/);
  assert.equal(await ended, 0);
});

test('rows of an outbox in PostgreSQL reach the log once each, though the program that moves them is killed', onlyLong, async (t) => {
  const tools = postgresTools();
  if (tools === undefined) return t.skip(noPostgres);
  await using postgres = await Postgres.start(tools);
  await using cluster = await startEqual(3);
  await using folder = new RecipeFolder({ 'outbox.mjs': recipe('outbox.mjs'), 'db.mjs': postgres.asModule });
  postgres.run('CREATE TABLE outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, message jsonb NOT NULL)');
  const env = { LOG_URLS: urlsOf(cluster).join() };
  const rowCount = 3000;
  postgres.run(`INSERT INTO outbox (message) SELECT jsonb_build_object('order', n) FROM generate_series(1, ${rowCount}) AS n`);
  const left = (): number => Number(postgres.run('SELECT count(*) FROM outbox'));
  // A delete that waits: the program is killed when rows are in the log and still in the table.
  const lock = await postgres.holdLock('LOCK TABLE outbox IN SHARE MODE');
  const first = folder.start('outbox.mjs', env);
  const log = new LogClient({ urls: urlsOf(cluster) });
  await waitFor('the first rows are in the log', async () => (await log.status()).ends.committedEnd >= 1000);
  first.process.kill('SIGKILL');
  await first.ended;
  await lock.release();
  assert.equal(left(), rowCount, 'nothing was deleted');
  folder.start('outbox.mjs', env);
  await waitFor('the outbox is empty', () => left() === 0);
  const [node] = cluster.nodes;
  assert.ok(node !== undefined);
  const orders = (await messagesOf(node)).map((message) => (message as { readonly order: number }).order);
  assert.deepEqual(
    orders,
    Array.from({ length: rowCount }, (_unused, n) => n + 1),
  );
});
