/** A PostgreSQL of one test's own, if one is installed (Debian: `apt-get install postgresql`), on a socket in its folder. */

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanEnvironment } from './nodes.ts';
import { waitFor } from './wait.ts';

/** What a test that is left out says. */
export const noPostgres = 'PostgreSQL is not installed: apt-get install postgresql';

const debian = '/usr/lib/postgresql';

/** @returns the folder of its programs; `undefined` where there is none */
export function postgresTools(): string | undefined {
  if (!existsSync(debian)) return undefined;
  const versions = readdirSync(debian).toSorted((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(debian, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
}

interface User {
  readonly uid?: number;
  readonly gid?: number;
}

/** It refuses to run as root; Debian's package brings a user. */
function userFor(): User {
  return process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {};
}

function idOf(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
}

export class Postgres implements AsyncDisposable {
  readonly #tools: string;
  readonly #folder: string;
  readonly #server: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #holders = new Set<ChildProcess>();

  static async start(tools: string): Promise<Postgres> {
    const folder = mkdtempSync(join(tmpdir(), 'rlog-pg-'));
    const user = userFor();
    if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
    const data = join(folder, 'data');
    const options = { ...user, cwd: folder, env: cleanEnvironment() };
    execFileSync(join(tools, 'initdb'), ['-D', data, '-U', 'test', '-A', 'trust', '-N'], { ...options, stdio: 'pipe' });
    const settings = ['-c', 'listen_addresses=', '-c', `unix_socket_directories=${folder}`, '-c', 'fsync=off'];
    const server = spawn(join(tools, 'postgres'), ['-D', data, ...settings], { ...options, stdio: 'ignore' });
    const postgres = new Postgres(tools, folder, server);
    await waitFor('PostgreSQL takes connections', () => postgres.#psql(['-c', 'SELECT 1']).status === 0);
    return postgres;
  }

  private constructor(tools: string, folder: string, server: ChildProcess) {
    this.#tools = tools;
    this.#folder = folder;
    this.#server = server;
    this.#ended = new Promise((resolve) => {
      server.once('exit', resolve);
    });
  }

  get #connection(): string[] {
    return ['-h', this.#folder, '-U', 'test', '-d', 'postgres', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1'];
  }

  #psql(args: readonly string[]) {
    return spawnSync(join(this.#tools, 'psql'), [...this.#connection, ...args], { encoding: 'utf8', env: cleanEnvironment() });
  }

  /** @returns what it prints, one row per line */
  run(sql: string): string {
    const { status, stdout, stderr } = this.#psql(['-c', sql]);
    if (status !== 0) throw new Error(stderr);
    return stdout.trim();
  }

  /** Resolves when the lock is held, which it is until it is released. */
  async holdLock(sql: string): Promise<{ readonly release: () => Promise<void> }> {
    const psql = spawn(join(this.#tools, 'psql'), this.#connection, { env: cleanEnvironment(), stdio: ['pipe', 'pipe', 'inherit'] });
    this.#holders.add(psql);
    const ended = new Promise<void>((resolve) => {
      psql.once('exit', () => resolve());
    });
    const held = new Promise<void>((resolve) => {
      psql.stdout.once('data', () => resolve());
    });
    psql.stdin.write(`BEGIN; ${sql}; SELECT 'held';\n`);
    await held;
    return {
      release: async () => {
        psql.stdin.end('ROLLBACK;\n');
        await ended;
      },
    };
  }

  /** A module with a `db` whose `query` is like that of `pg`, for values that are lists of numbers. */
  get asModule(): string {
    return `import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
const connection = ${JSON.stringify(this.#connection)};
export const db = {
  async query(text, values = []) {
    const sql = text.replace(/\\$(\\d+)/g, (_all, n) => "'{" + values[n - 1].map(Number).join() + "}'::bigint[]");
    const asked = /^select/i.test(sql) ? \`SELECT coalesce(json_agg(found), '[]') FROM (\${sql}) AS found\` : sql;
    const { stdout } = await promisify(execFile)(${JSON.stringify(join(this.#tools, 'psql'))}, [...connection, '-c', asked], { maxBuffer: 1e8 });
    return { rows: asked === sql ? [] : JSON.parse(stdout) };
  },
};
`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const psql of this.#holders) psql.kill('SIGKILL');
    this.#server.kill('SIGINT');
    await this.#ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
