/** A load generator in a process of its own, as the benchmark sees it: it gets a plan, and returns a result. */

import { fileURLToPath } from 'node:url';
import type { LoadCommand, LoadPlan, LoadReport, LoadResult } from './load/plan.ts';
import type { Program } from './program.ts';
import type { Workspace } from './workspace.ts';

const generatorPath = fileURLToPath(new URL('./load/generator.ts', import.meta.url));

export class LoadProcess {
  readonly #program: Program;
  readonly #started = Promise.withResolvers<void>();
  readonly #result = Promise.withResolvers<LoadResult>();

  constructor(workspace: Workspace, plan: LoadPlan) {
    this.#program = workspace.start({
      name: 'generator',
      command: process.execPath,
      // A larger young generation keeps the generator's own collections out of the latencies.
      args: ['--max-semi-space-size=32', generatorPath],
      folder: workspace.folder,
      hasChannel: true,
    });
    // A caller may wait for only one of the two; the other must not become an unhandled rejection.
    this.#started.promise.catch(() => undefined);
    this.#result.promise.catch(() => undefined);
    this.#program.process.on('message', (report: LoadReport) => this.#take(report));
    void this.#program.exited().then((how) => this.#fail(`the load generator ended (${how}):\n${this.#program.outputTail()}`));
    this.#tell({ kind: 'begin', plan });
  }

  /** Resolves when every lane has sent its first request. */
  started(): Promise<void> {
    return this.#started.promise;
  }

  /** The window begins now. */
  measure(): void {
    this.#tell({ kind: 'measure' });
  }

  stop(): void {
    this.#tell({ kind: 'stop' });
  }

  async result(): Promise<LoadResult> {
    try {
      return await this.#result.promise;
    } finally {
      await this.#program.kill();
    }
  }

  #take(report: LoadReport): void {
    if (report.kind === 'started') this.#started.resolve();
    else if (report.kind === 'result') this.#result.resolve(report.result);
    else this.#fail(report.why);
  }

  #fail(why: string): void {
    const error = new Error(why);
    this.#started.reject(error);
    this.#result.reject(error);
  }

  #tell(command: LoadCommand): void {
    if (this.#program.isRunning) this.#program.process.send(command, () => undefined);
  }
}

/** Runs a load from start to end, for a plan with a fixed window. */
export async function runLoad(workspace: Workspace, plan: LoadPlan): Promise<LoadResult> {
  return new LoadProcess(workspace, plan).result();
}
