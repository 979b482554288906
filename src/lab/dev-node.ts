/** The process of one node: starts, kills, stops and pauses it. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { makeFolder } from '../io/make-folder.ts';
import { privateFolder } from '../io/private-modes.ts';
import { LabError } from './lab-error.ts';
import type { LabEvent } from './lab-event.ts';
import { devHost } from './node-plans.ts';
import type { NodePlan } from './node-plans.ts';

/** A node that has not ended by then is killed. */
const endWithinMs = 3500;
const serveWithinMs = 15_000;
const checkEveryMs = 30;
const checkWithinMs = 1000;

export interface DevNodeParts {
  readonly plan: NodePlan;
  /** What starts a node: the program, and its arguments before the kind of the node. */
  readonly command: readonly string[];
  /** Reads everything that the process prints, until it ends. */
  readonly read: (stream: Readable) => void;
  readonly tell: (event: LabEvent) => void;
}

/** A LabEvent without the name of its node. */
type Happening = LabEvent extends infer Event ? (Event extends LabEvent ? Omit<Event, 'node'> : never) : never;

export class DevNode {
  readonly plan: NodePlan;
  readonly #parts: DevNodeParts;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #isPaused = false;
  #isExpectedToEnd = false;
  #isKilled = false;
  #isOver = false;
  #wasStarted = false;
  /** How long it holds each batch, from its next start on. */
  delayMs: number;

  constructor(parts: DevNodeParts) {
    this.#parts = parts;
    this.plan = parts.plan;
    this.delayMs = parts.plan.delayMs;
  }

  get url(): string {
    return `http://${devHost}:${this.plan.port}`;
  }

  /** `null` while it does not run. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  tell(happening: Happening): void {
    this.#parts.tell({ node: this.plan.id, ...happening });
  }

  /** Starts the process, and does not wait for it. @throws LabError if it was ended for good */
  spawn(): void {
    if (this.#isOver) throw new LabError('not-now', `${this.plan.id} is not started: "rlog dev" is ending`);
    const { command, read } = this.#parts;
    const { kind, environment } = this.plan;
    const [program = '', ...args] = command;
    const delay = this.delayMs === 0 ? '' : String(this.delayMs / 1000);
    const delays: Record<string, string> = kind === 'master' ? {} : { REPLICATION_DELAY: delay, SECONDARY_DELAYS: delay };
    const child = spawn(program, [...args, kind], {
      env: { ...process.env, ...environment, ...delays },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#isExpectedToEnd = false;
    this.#isKilled = false;
    for (const stream of [child.stdout, child.stderr]) read(stream);
    this.#exited = new Promise((resolve) => {
      const gone = (why: string): void => {
        if (this.#child === child) {
          this.#child = undefined;
          this.#isPaused = false;
          this.tell({ kind: 'ended', why, isExpected: this.#isExpectedToEnd });
        }
        resolve();
      };
      child.once('exit', (code, signal) => gone(signal ?? `exit code ${code ?? '?'}`));
      // In this case there never was a process.
      child.once('error', (error) => gone(`it could not be started: ${error.message}`));
    });
    this.tell({ kind: 'started', pid: this.pid, isFirst: !this.#wasStarted });
    this.#wasStarted = true;
  }

  /** @returns `false` if it ends before it serves, or takes too long */
  async serves(): Promise<boolean> {
    const { pid } = this;
    const deadline = performance.now() + serveWithinMs;
    while (performance.now() < deadline) {
      if (pid === null || this.pid !== pid) return false;
      try {
        const { ok } = await fetch(`${this.url}/health`, { signal: AbortSignal.timeout(checkWithinMs), redirect: 'error' });
        if (ok) return true;
      } catch {
        // It does not serve yet, and is asked again.
      }
      await new Promise((resolve) => setTimeout(resolve, checkEveryMs));
    }
    return false;
  }

  /** kill -9. */
  async kill(): Promise<void> {
    if (!this.#isKilled) this.tell({ kind: 'killed' });
    this.#isKilled = true;
    this.signal('SIGKILL');
    await this.#exited;
  }

  /** What its key does: kills the node, or starts it again, even if its end has not been reported yet. */
  async toggle(): Promise<void> {
    if (this.isRunning && !this.#isKilled) return this.kill();
    await this.#exited;
    if (!this.isRunning && !this.#isOver) this.spawn();
  }

  /** SIGTERM, and kill -9 if that does not help. */
  async stop(): Promise<void> {
    if (this.#child === undefined) return;
    this.#isExpectedToEnd = true;
    this.resume();
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), endWithinMs);
    await this.#exited;
    clearTimeout(timer);
  }

  /** Stops it for good: an action in progress must not start it again. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.stop();
  }

  pause(): void {
    this.signal('SIGSTOP');
    this.#isPaused = this.isRunning;
  }

  resume(): void {
    this.signal('SIGCONT');
    this.#isPaused = false;
  }

  /** Empties its folder. The node must not be running. */
  wipe(): void {
    rmSync(this.plan.folder, { recursive: true, force: true });
    makeFolder(this.plan.folder, privateFolder);
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }
}
