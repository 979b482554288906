/** Does what a page of the documents says, on free ports and in a folder of its own: see page-steps.ts. */

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { devPorts, startDev } from './dev.ts';
import type { Dev } from './dev.ts';
import { TestCluster, cleanEnvironment, repository } from './nodes.ts';
import { isAnswer } from './page-steps.ts';
import type { Step } from './page-steps.ts';
import { waitFor } from './wait.ts';

const run = promisify(execFile);

/** The ports that the pages name, in the order of `devPorts`. */
const namedPorts = [5000, 5001, 5002, 5080];
/** The machine may be busy with other tests. */
const patienceMs = 60_000;

interface Third {
  readonly child: ChildProcess;
  readonly output: () => string;
}

export class Reader implements AsyncDisposable {
  readonly #cluster = new TestCluster();
  readonly #ports: readonly number[];
  #dev: Dev | undefined;
  #third: Third | undefined;
  #lastKey = '';

  private constructor(ports: readonly number[]) {
    this.#ports = ports;
    for (const name of ['bin', 'src', 'dist', 'node_modules', 'package.json', 'package-lock.json'])
      symlinkSync(join(repository, name), join(this.#cluster.folder, name));
  }

  static async begin(): Promise<Reader> {
    return new Reader(await devPorts());
  }

  async follow(steps: readonly Step[]): Promise<void> {
    for (const step of steps) await this.#take(step);
  }

  async #take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'type':
        await (step.isThird ? this.#typeInThird(step.commands) : this.#type(step.commands, step.expected));
        break;
      case 'press':
        await this.#press(step.key);
        break;
      case 'press-leader':
        await waitFor('the third terminal shows something', () => this.#needThird().output() !== '');
        await this.#press(await this.#leadersKey());
        break;
      case 'press-again':
        await this.#press(this.#lastKey);
        break;
      case 'save':
        writeFileSync(join(this.#cluster.folder, step.name), this.#moved(step.text));
        break;
      case 'third-shows':
        await this.#untilThirdShows(step.expected);
        break;
      case 'end-third':
        this.#third?.child.kill('SIGINT');
        break;
      default:
        throw new Error(`no such step: ${JSON.stringify(step satisfies never)}`);
    }
  }

  async #type(commands: readonly string[], expected: readonly string[]): Promise<void> {
    let answers: string[] = [];
    for (const command of commands) {
      if (command.startsWith('npm start')) await this.#start(command);
      else answers.push(await this.answerTo(command));
    }
    if (expected.length === 0) return;
    const wanted = expected.join('\n');
    const isAsExpected = (): boolean => isAnswer(answers.join('\n'), wanted);
    const isWritten = commands.some((command) => command.includes(' POST '));
    try {
      // A command that came too early, or to nodes of a busy machine, is repeated, unless it may have stored something.
      await waitFor(
        'the answer is the expected one',
        async () => {
          if (isAsExpected()) return true;
          const isFinal = isWritten && !answers.every((answer) => answer.includes('"outcome":"rejected","retryable":true'));
          if (isFinal) throw new Error('it may be stored, and is not asked again');
          answers = await Promise.all(commands.map((command) => this.answerTo(command)));
          return isAsExpected();
        },
        patienceMs,
      );
    } catch (cause) {
      throw new Error(`${commands.join('\n')}\nanswered\n${answers.join('\n')}\nand not\n${wanted}`, { cause });
    }
  }

  /** @returns what the command prints, whatever its exit code */
  async answerTo(command: string): Promise<string> {
    const quiet = this.#moved(command).replaceAll(/\bcurl /g, 'curl -sS ');
    try {
      return (await run('bash', ['-c', quiet], { ...this.#surroundings, timeout: patienceMs })).stdout.trim();
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      return `${stdout}${stderr}`.trim();
    }
  }

  #typeInThird(commands: readonly string[]): void {
    assert.equal(commands.length, 1);
    const child = spawn('bash', ['-c', `exec ${this.#moved(commands[0] ?? '')}`], {
      ...this.#surroundings,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    this.#third = { child, output: () => output };
  }

  async #untilThirdShows(expected: string): Promise<void> {
    await waitFor(`the third terminal shows ${expected}`, () => isAnswer(this.#needThird().output(), expected), patienceMs);
  }

  #needThird(): Third {
    return this.#third ?? assert.fail('nothing was typed in a third terminal');
  }

  /** Ends what runs, and starts the nodes that the page wants. */
  async #start(command: string): Promise<void> {
    await this.#end();
    const args = command
      .split(/\s+/)
      .slice(2)
      .filter((word) => word !== '--');
    this.#dev = startDev(this.#cluster, args, { ports: this.#ports });
    const dev = this.#dev;
    await waitFor(
      `${command} has started`,
      async () => {
        if (dev.child.exitCode !== null) throw new Error(dev.output());
        const ready = await Promise.all(this.#ports.slice(0, 3).map((port) => this.#isReady(port)));
        return ready.every(Boolean);
      },
      patienceMs,
    );
  }

  async #isReady(port: number): Promise<boolean> {
    try {
      return (await fetch(`http://127.0.0.1:${port}/ready`, { signal: AbortSignal.timeout(5000) })).ok;
    } catch {
      return false;
    }
  }

  async #press(key: string): Promise<void> {
    this.#lastKey = key;
    this.#dev?.child.stdin?.write(key);
    if (key === 'q') await this.#end();
  }

  /** The key of the leader of equal nodes, which are numbered like the keys. */
  async #leadersKey(): Promise<string> {
    const answer = await fetch(`http://127.0.0.1:${this.#ports[0]}/leader`, { signal: AbortSignal.timeout(5000) });
    const { id } = (await answer.json()) as { readonly id: string };
    return id.replace(/^n/, '');
  }

  async #end(): Promise<void> {
    this.#dev?.child.stdin?.write('q');
    await this.#dev?.exited;
    this.#dev = undefined;
  }

  #moved(text: string): string {
    return text.replaceAll(/\b(localhost|127\.0\.0\.1):(\d+)/g, (whole, host: string, port: string) => {
      const moved = this.#ports[namedPorts.indexOf(Number(port))];
      return moved === undefined ? whole : `${host}:${moved}`;
    });
  }

  get #surroundings(): { readonly cwd: string; readonly env: Record<string, string> } {
    return { cwd: this.#cluster.folder, env: { ...cleanEnvironment(), MASTER_PORT: String(this.#ports[0]) } };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#third?.child.kill('SIGKILL');
    await this.#end();
    await this.#cluster[Symbol.asyncDispose]();
  }
}
