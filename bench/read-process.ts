/** Readers in a process of their own, as seen by the benchmark. */

import { fileURLToPath } from 'node:url';
import { CheckFailed } from './check-failed.ts';
import type { ReadPlan, ReadResult } from './load/reader.ts';
import type { Program } from './program.ts';
import type { Workspace } from './workspace.ts';

const readerPath = fileURLToPath(new URL('./load/reader.ts', import.meta.url));

export class ReadProcess {
  readonly #program: Program;
  readonly #result: Promise<ReadResult>;

  constructor(workspace: Workspace, plan: ReadPlan) {
    this.#program = workspace.start({
      name: 'reader',
      command: process.execPath,
      args: [readerPath],
      folder: workspace.folder,
      hasChannel: true,
    });
    this.#result = new Promise((resolve, reject) => {
      this.#program.process.once('message', (answer: { readonly result?: ReadResult; readonly why?: string }) => {
        if (answer.result === undefined) reject(new CheckFailed(answer.why));
        else resolve(answer.result);
      });
      void this.#program.exited().then((how) => reject(new Error(`the reader ended (${how}):\n${this.#program.outputTail()}`)));
    });
    this.#result.catch(() => undefined);
    this.#program.process.send(plan);
  }

  /** Each reader finishes the answer that it is reading, and ends. */
  stop(): void {
    if (this.#program.isRunning) this.#program.process.send('stop', () => undefined);
  }

  async result(): Promise<ReadResult> {
    try {
      return await this.#result;
    } finally {
      await this.#program.kill();
    }
  }
}
