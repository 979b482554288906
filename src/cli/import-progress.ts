/**
 * How far an import has come, in a file that is replaced as a whole. It is written before a batch is sent and after it is stored, so
 * after a crash at most one batch is uncertain. That one is sent again under its key, as long as the cluster remembers keys.
 */

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';

interface Fields {
  readonly key: string;
  readonly cluster: string;
  /** So many lines are stored. */
  readonly stored: number;
  /** One past the last entry of them. */
  readonly end: number;
  /** The first line of a batch that was sent, and since when; `null` if it is known what became of it. */
  readonly sending: { readonly line: number; readonly since: string } | null;
  readonly isDone: boolean;
}

export class ImportProgress {
  readonly #file: string;
  #fields: Fields;

  private constructor(file: string, fields: Fields) {
    this.#file = file;
    this.#fields = fields;
  }

  /** @throws CliError if the file is of another import */
  static open(file: string, { key, cluster }: Pick<Fields, 'key' | 'cluster'>): ImportProgress {
    const fields = read(file) ?? { key, cluster, stored: 0, end: 0, sending: null, isDone: false };
    const instead = `: name another file with --progress, or remove it if you are sure`;
    if (fields.key !== key)
      throw new CliError(`${file} is the progress of another file, or this one was changed since${instead}`, exitCodes.usage);
    if (fields.cluster !== cluster)
      throw new CliError(
        `${file} is the progress of an import into cluster ${fields.cluster}, and this is ${cluster}${instead}`,
        exitCodes.usage,
      );
    return new ImportProgress(file, fields);
  }

  get stored(): number {
    return this.#fields.stored;
  }

  get end(): number {
    return this.#fields.end;
  }

  get isDone(): boolean {
    return this.#fields.isDone;
  }

  /** @param windowOf - how long keys are remembered, in ms. @throws CliError if nobody knows any more whether a batch was stored */
  async checkAge(windowOf: () => Promise<number>): Promise<void> {
    const { sending } = this.#fields;
    if (sending === null) return;
    const ageMs = Date.now() - Date.parse(sending.since);
    if (ageMs < (await windowOf())) return;
    const place = `lines from ${sending.line} on were sent at ${sending.since}, and it is not known whether they were stored`;
    const next = `look for them in the log behind offset ${this.#fields.end}; then set "stored" and "sending" in ${this.#file}`;
    throw new CliError(`${place}; the cluster does not remember keys for so long. ${next}`);
  }

  sending(line: number): void {
    const { sending } = this.#fields;
    // Its key is as old as the first time that it was sent.
    const since = sending?.line === line ? sending.since : new Date().toISOString();
    this.#write({ ...this.#fields, sending: { line, since } });
  }

  sent(stored: number, end: number): void {
    this.#write({ ...this.#fields, stored, end, sending: null });
  }

  done(): void {
    this.#write({ ...this.#fields, isDone: true });
  }

  #write(fields: Fields): void {
    const next = `${this.#file}.new`;
    try {
      const file = openSync(next, 'w', 0o640);
      try {
        writeSync(file, `${JSON.stringify(fields)}\n`);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(next, this.#file);
    } catch (error) {
      throw new CliError(`${this.#file} cannot be written: ${error instanceof Error ? error.message : String(error)}`, exitCodes.rejected, {
        cause: error,
      });
    }
    this.#fields = fields;
  }
}

/** @returns `undefined` if there is none. @throws CliError if it is something else */
function read(file: string): Fields | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new CliError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, exitCodes.usage, {
      cause: error,
    });
  }
  try {
    const fields = JSON.parse(text) as Partial<Fields> | null;
    const isProgress = typeof fields?.key === 'string' && typeof fields.cluster === 'string' && Number.isSafeInteger(fields.stored);
    if (isProgress) return { end: 0, sending: null, isDone: false, ...fields } as Fields;
  } catch {
    // Said below.
  }
  throw new CliError(`${file} is not the progress of an import: name another file with --progress`, exitCodes.usage);
}
