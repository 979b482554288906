/**
 * Small files that are read now, and again whenever one of them changes: a certificate and its key, say, of which each fits
 * only the other. Looks at them instead of being told: on network disks and for the links that Kubernetes swaps, what the
 * system tells comes late or not at all. What just changed is read once it looks the same twice: somebody may still be writing
 * it.
 */

import { readFileSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';

const everyMs = 1000;

export interface WatchedParts<Value> {
  /** Read together, whichever changes. */
  readonly paths: readonly string[];
  /** @param texts - in the order of the paths. @throws what is wrong with them */
  readonly parse: (texts: readonly string[]) => Value;
  /** Told of what was read, after the first. */
  readonly changed: (value: Value) => void;
  /**
   * Told once of what cannot be read or parsed: what was read before stays. Only after the second time, as two files are
   * seldom replaced in the same moment.
   */
  readonly failed: (error: Error) => void;
  readonly everyMs?: number;
}

export class WatchedFiles<Value> {
  readonly #parts: WatchedParts<Value>;
  readonly #timer: NodeJS.Timeout;
  #value: Value;
  /** Of the files whose content is in use. */
  #known: string;
  /** How they looked last. */
  #seen: string;
  #isLooking = false;
  #failures = 0;

  /** @throws what `parse` says, or the system */
  constructor(parts: WatchedParts<Value>) {
    this.#parts = parts;
    // Before they are read: what is written meanwhile is read again.
    this.#known = parts.paths.map((path) => markOf(statSync(path))).join();
    this.#seen = this.#known;
    this.#value = parts.parse(parts.paths.map((path) => readFileSync(path, 'utf8')));
    this.#timer = setInterval(() => void this.#look(), parts.everyMs ?? everyMs).unref();
  }

  get value(): Value {
    return this.#value;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#readIfChanged();
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      if (this.#failures === 2) this.#parts.failed(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#isLooking = false;
    }
  }

  async #readIfChanged(): Promise<void> {
    const { paths, parse, changed } = this.#parts;
    const found = await Promise.all(paths.map(async (path) => markOf(await stat(path))));
    const mark = found.join();
    const isStill = mark === this.#seen;
    this.#seen = mark;
    if (mark === this.#known || !isStill) return;
    const value = parse(await Promise.all(paths.map((path) => readFile(path, 'utf8'))));
    this.#known = mark;
    this.#value = value;
    changed(value);
  }
}

/** Another one once the file was written, replaced, or is found behind another link. */
function markOf({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string {
  return [dev, ino, size, mtimeMs, ctimeMs].join(':');
}
