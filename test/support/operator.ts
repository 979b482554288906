/**
 * Does what docs/operations.md tells an operator, on free ports and in a folder of its own.
 *
 * - ```bash: commands, one per line, as for a shell whose variables last from block to block. A node that is started keeps
 *   running. What is listed with a reason is not run.
 * - ```text directly after it: what the operator sees. `…` stands for anything.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { cleanEnvironment, quickHealth, repository } from './nodes.ts';
import { isAnswer } from './page-steps.ts';
import { freePort } from './ports.ts';
import { runRlog } from './rlog.ts';
import type { Ran } from './rlog.ts';
import { waitFor } from './wait.ts';

/** The ports that the page names. */
const namedPorts = [5000, 5001, 5002, 5003] as const;
/** The machine may be busy with other tests. */
const patienceMs = 60_000;

export interface Block {
  readonly heading: string;
  readonly commands: readonly string[];
  /** `undefined` if the page does not show it. */
  readonly seen: string | undefined;
}

/** The blocks of commands of a page, in order. */
export function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let heading = '';
  for (const [, title, language, text = ''] of page.matchAll(/^(?:#+ (.+)|```(\w*)\n([^]*?)^```)$/gm)) {
    const last = blocks.at(-1);
    if (title !== undefined) heading = title;
    else if (language === 'bash') blocks.push({ heading, commands: commandsIn(text), seen: undefined });
    else if (language === 'text' && last?.heading === heading && last.seen === undefined)
      blocks[blocks.length - 1] = { ...last, seen: text.trimEnd() };
  }
  return blocks;
}

function commandsIn(text: string): string[] {
  const lines = text.replaceAll(/\\\n\s*/g, '').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

interface RunningNode {
  readonly child: ChildProcess;
  readonly url: string;
}

export class Operator implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'rlog-operator-'));
  readonly #ports: readonly number[];
  readonly #notRun: (command: string) => boolean;
  readonly #nodes = new Map<string, RunningNode>();
  #env: Record<string, string>;

  private constructor(ports: readonly number[], notRun: (command: string) => boolean) {
    this.#ports = ports;
    this.#notRun = notRun;
    const { PATH = '', ...env } = cleanEnvironment();
    const urls = ports.slice(0, 3).map((port) => `http://localhost:${port}`);
    this.#env = { ...env, PATH: `${join(repository, 'bin')}${delimiter}${PATH}`, RLOG_URL: urls.join(','), ...quickHealth };
  }

  static async begin(notRun: (command: string) => boolean): Promise<Operator> {
    return new Operator(await Promise.all(namedPorts.map(() => freePort())), notRun);
  }

  async type({ commands, seen }: Block): Promise<void> {
    const asked: string[] = [];
    const outputs: string[] = [];
    for (const command of commands) {
      if (this.#notRun(command) || this.#takeVariable(command) || this.#startNode(command)) continue;
      await this.#untilServed();
      asked.push(command);
      if (seen === undefined) assertDone(command, await this.run(command));
      else outputs.push(await this.#outputOf(command));
    }
    await this.#untilServed();
    if (seen !== undefined) await this.#untilSeen(asked, outputs, seen);
  }

  async #untilSeen(asked: readonly string[], outputs: readonly string[], seen: string): Promise<void> {
    let output = outputs.join('\n');
    // What only asks may have come too early.
    const isRepeatable = asked.every((command) => /^rlog (status|doctor|members)$/.test(command));
    const complaint = (): string => `${asked.join('\n')}\nprinted\n${output}\nand not\n${seen}`;
    try {
      await waitFor(
        'it prints what the page says',
        async () => {
          if (isAnswer(settled(output), this.#moved(seen))) return true;
          if (!isRepeatable) throw new Error('it is not asked again');
          output = (await Promise.all(asked.map((command) => this.#outputOf(command)))).join('\n');
          return false;
        },
        patienceMs,
      );
    } catch (cause) {
      throw new Error(complaint(), { cause });
    }
  }

  /** Runs one command, with the ports of this operator. */
  run(command: string): Promise<Ran> {
    return runRlog(`cd ${this.folder} && ${this.#moved(command)}`, { env: this.#env });
  }

  /** kill -9 */
  async kill(id: string): Promise<void> {
    const node = this.#nodes.get(id);
    assert.ok(node !== undefined, `${id} runs`);
    const gone = new Promise((resolve) => node.child.once('exit', resolve));
    node.child.kill('SIGKILL');
    await gone;
    this.#nodes.delete(id);
  }

  async until(what: string, isSo: (status: string) => boolean): Promise<void> {
    await waitFor(what, async () => isSo((await this.run('rlog status')).stdout), patienceMs);
  }

  async #outputOf(command: string): Promise<string> {
    return (await this.run(`( ${command} ) 2>&1`)).stdout.trim();
  }

  #takeVariable(command: string): boolean {
    const [, name, value = ''] = /^export (\w+)=(\S+)$/.exec(command) ?? [];
    if (name === undefined) return false;
    this.#env = { ...this.#env, [name]: this.#moved(value) };
    return true;
  }

  /** `exec` makes the shell the node, which then gets its signals. */
  #startNode(command: string): boolean {
    const [, settings = '', kind = ''] = /^((?:[A-Z_]+=\S+ )*)rlog (node|master|secondary)$/.exec(command) ?? [];
    if (kind === '') return false;
    const set = new Map([...settings.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]));
    const id = set.get('SERVER_ID') ?? kind;
    assert.ok(!this.#nodes.has(id), `${id} does not run yet`);
    const given = set.get(`${kind.toUpperCase()}_PORT`) ?? '5000';
    const port = this.#movedPort(given);
    const child = spawn('bash', ['-c', `${this.#moved(settings).replaceAll(`_PORT=${given}`, `_PORT=${port}`)} exec rlog ${kind}`], {
      cwd: this.folder,
      env: { ...this.#env, LOG_LEVEL: 'warn', ...(kind === 'master' && { MASTER_PORT: String(port) }) },
      stdio: 'ignore',
    });
    this.#nodes.set(id, { child, url: `http://localhost:${port}` });
    return true;
  }

  async #untilServed(): Promise<void> {
    for (const [id, { child, url }] of this.#nodes) {
      await waitFor(
        `${id} serves`,
        async () => {
          assert.equal(child.exitCode, null, `${id} ended`);
          try {
            return (await fetch(`${url}/health`, { signal: AbortSignal.timeout(5000) })).ok;
          } catch {
            return false;
          }
        },
        patienceMs,
      );
    }
  }

  #moved(text: string): string {
    return text.replaceAll(/\b(localhost):(\d+)/g, (_whole, host: string, port: string) => `${host}:${this.#movedPort(port)}`);
  }

  #movedPort(port: string): number {
    return this.#ports[namedPorts.findIndex((each) => each === Number(port))] ?? Number(port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of this.#nodes.keys()) await this.kill(id);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function assertDone(command: string, { status, stdout, stderr }: Ran): void {
  assert.equal(status, 0, `${command}\n${stdout}${stderr}`);
}

/** How full the disk of this machine is, and whether the test runs in a container, is a risk that the page does not show. */
function settled(output: string): string {
  return output.replaceAll(/(nothing is wrong), \d+ risks?$/gm, '$1');
}
