/**
 * The checkpoint of a view: its state, and the place in the log up to which it goes.
 *
 * The file is a line `rlog-view 1 CHECKSUM` (CRC-32 of all that follows, as eight hex digits), a line of JSON
 * (`{"log": ID, "offset": N}`), and the state as `node:v8` serializes it. It is replaced as a whole: written beside as
 * `FILE.new`, flushed, renamed, and the folder flushed. A crash leaves the old one or the new one.
 */

import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import { ViewError, asText } from './view-error.ts';

export interface ViewCheckpoint<State> {
  /** Identifies the log. */
  readonly log: string;
  /** The first entry that is not in the state. */
  readonly offset: number;
  readonly state: State;
}

const newline = 0x0a;
const firstLine = /^rlog-view (\d+) ([0-9a-f]{8})$/;
const version = '1';

/** A copy of the state, as it is written to a file. @throws DataCloneError if it has a part that cannot be copied */
export function encodeCheckpoint({ log, offset, state }: ViewCheckpoint<unknown>): Buffer {
  const body = Buffer.concat([Buffer.from(`${JSON.stringify({ log, offset })}\n`), serialize(state)]);
  return Buffer.concat([Buffer.from(`rlog-view ${version} ${crc32(body).toString(16).padStart(8, '0')}\n`), body]);
}

/** @throws ViewError: `checkpoint-damaged` */
function decodeCheckpoint<State>(bytes: Buffer, path: string): ViewCheckpoint<State> {
  const damaged = (why: string, cause?: unknown): ViewError =>
    new ViewError('checkpoint-damaged', `${path} ${why}: remove it, and the view begins anew`, { cause });
  const lineEnd = bytes.indexOf(newline);
  const [, format, checksum] = firstLine.exec(bytes.toString('latin1', 0, Math.max(0, lineEnd))) ?? [];
  if (format === undefined || checksum === undefined) throw damaged('is not the checkpoint of a view');
  if (format !== version) throw damaged(`has format ${format}, and this version reads ${version}`);
  const body = bytes.subarray(lineEnd + 1);
  if (crc32(body) !== Number.parseInt(checksum, 16)) throw damaged('is damaged: its checksum is wrong');
  try {
    const headEnd = body.indexOf(newline);
    const { log, offset } = JSON.parse(body.toString('utf8', 0, headEnd)) as Omit<ViewCheckpoint<State>, 'state'>;
    return { log, offset, state: deserialize(body.subarray(headEnd + 1)) as State };
  } catch (error) {
    throw damaged(`cannot be read by this version of Node: ${asText(error)}`, error);
  }
}

/** @returns `undefined` if there is no file @throws ViewError: `checkpoint-damaged`; the error of the file system */
export async function readCheckpoint<State>(path: string): Promise<ViewCheckpoint<State> | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return decodeCheckpoint(bytes, path);
}

/** @throws the error of the file system */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.new`;
  const file = await open(beside, 'w', 0o640);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
