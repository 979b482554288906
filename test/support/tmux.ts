/** A program in a real terminal, emulated by tmux: a test presses keys and reads the screen. */

import { execFileSync, spawnSync } from 'node:child_process';
import { waitFor } from './wait.ts';

const isThere = spawnSync('tmux', ['-V']).status === 0;

/** Options of a test. */
export const onlyWithTmux = isThere ? {} : { skip: 'tmux is not installed' };

let count = 0;

export class Tmux implements Disposable {
  readonly #socket = `rlog-test-${process.pid}-${(count += 1)}`;

  /** @param command - for a shell; the terminal stays open when it has ended */
  constructor(
    command: string,
    {
      folder,
      env,
      columns = 80,
      rows = 24,
    }: { readonly folder: string; readonly env: Readonly<Record<string, string>>; readonly columns?: number; readonly rows?: number },
  ) {
    const size = ['-x', String(columns), '-y', String(rows)];
    const variables = Object.entries({ ...env, TERM: 'xterm-256color' }).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    this.#run('-f', '/dev/null', 'new-session', '-d', ...size, ...variables, '-c', folder, `${command}; exec sleep 600`);
  }

  press(key: string): void {
    this.#run('send-keys', key);
  }

  resize(columns: number, rows: number): void {
    this.#run('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** The screen and what has scrolled out of it, without empty lines at the end. */
  get text(): string {
    return this.#run('capture-pane', '-p', '-S', '-').trimEnd();
  }

  /** The visible lines. */
  get screen(): string[] {
    return this.#run('capture-pane', '-p').trimEnd().split('\n');
  }

  /** The visible lines with their colour codes. */
  get painted(): string {
    return this.#run('capture-pane', '-p', '-e');
  }

  /** Waits for a text; a sentence may be broken at the edge of the terminal. */
  async shows(expected: RegExp, deadlineMs = 30_000): Promise<void> {
    try {
      await waitFor(`the terminal shows ${expected.source}`, () => expected.test(this.text.replaceAll(/\s+/g, ' ')), deadlineMs);
    } catch (error) {
      throw new Error(`the terminal shows:\n${this.text}`, { cause: error });
    }
  }

  [Symbol.dispose](): void {
    spawnSync('tmux', ['-L', this.#socket, 'kill-server']);
  }

  #run(...args: readonly string[]): string {
    return execFileSync('tmux', ['-L', this.#socket, ...args], { encoding: 'utf8' });
  }
}
