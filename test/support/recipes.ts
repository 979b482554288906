/** The programs of docs/client.md, taken from there, each as a process of its own beside real nodes. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cleanEnvironment, repository } from './nodes.ts';

/** The program that follows `<!-- NAME -->` in the page. */
export function recipe(name: string): string {
  const page = readFileSync(join(repository, 'docs', 'client.md'), 'utf8');
  const found = new RegExp(`<!-- ${name.replace('.', '\\.')} -->\\n\\n\`\`\`\\w+\\n(.*?)\`\`\``, 's').exec(page)?.[1];
  if (found === undefined) throw new Error(`docs/client.md has no ${name}`);
  return found;
}

/** A folder as a user's project, in which `replicated-log/client` can be imported. Dispose of it to end its programs. */
export class RecipeFolder implements AsyncDisposable {
  readonly path = mkdtempSync(join(tmpdir(), 'rlog-recipe-'));
  readonly #running = new Map<ChildProcess, Promise<number | null>>();

  constructor(files: Readonly<Record<string, string>>) {
    const library = join(this.path, 'node_modules', 'replicated-log');
    mkdirSync(library, { recursive: true });
    const client = pathToFileURL(join(repository, 'src', 'client', 'index.ts')).href;
    writeFileSync(join(library, 'package.json'), JSON.stringify({ name: 'replicated-log', exports: { './client': './client.mjs' } }));
    writeFileSync(join(library, 'client.mjs'), `export * from '${client}';\n`);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.path, name), text);
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), 'utf8');
  }

  start(
    program: string,
    env: Readonly<Record<string, string>>,
  ): { readonly process: ChildProcess; readonly ended: Promise<number | null> } {
    const child = spawn(process.execPath, [program], {
      cwd: this.path,
      env: { ...cleanEnvironment(), NODE_NO_WARNINGS: '1', ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
    this.#running.set(child, ended);
    return { process: child, ended };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#running.keys()) child.kill('SIGKILL');
    await Promise.all(this.#running.values());
    rmSync(this.path, { recursive: true, force: true });
  }
}
