/**
 * Reads the head of one shape of request: `POST /messages` with a few headers, each written in the plainest way. It is strict
 * where HTTP is not: whatever has a second way to be read (a header twice, a folded or unlisted one, a bare line feed, space around
 * a value) is not read here, so nobody can read it differently.
 */

import { messagesPath } from '../../api/paths.ts';
import { idempotencyKeyHeader, traceparentHeader } from '../../api/headers.ts';
import { plainHead } from '../append/plain-request.ts';
import type { PlainHead } from '../append/plain-request.ts';

const firstLine = Buffer.from(`POST ${messagesPath} HTTP/1.1\r\n`, 'latin1');
const lineEnd = '\r\n';
const headEnd = '\r\n\r\n';
const headBytesMax = 4096;
/** What a page or a proxy adds is not among them, nor what nodes say to each other. */
const listed: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'authorization',
  'connection',
  'content-length',
  'content-type',
  'host',
  idempotencyKeyHeader,
  traceparentHeader,
  'user-agent',
]);
const headerForm = /^([A-Za-z-]+): ([!-~](?:[ -~]*[!-~])?)$/;

interface ReadHead {
  readonly head: PlainHead;
  /** Its size. */
  readonly bytes: number;
}

/** One for each connection: most clients send the same head each time. */
export class HeadReader {
  #known: (ReadHead & { readonly text: Buffer }) | undefined;

  /** @returns `undefined` for anything but a whole head of this shape at the beginning of the bytes */
  read(bytes: Buffer): ReadHead | undefined {
    const known = this.#known;
    if (known !== undefined && bytes.length >= known.bytes && bytes.compare(known.text, 0, known.bytes, 0, known.bytes) === 0) return known;
    const read = readHead(bytes);
    if (read === undefined) return undefined;
    // These are others with each request.
    if (read.head.key === undefined && read.head.trace === undefined) this.#known = { ...read, text: copyOf(bytes, read.bytes) };
    return read;
  }
}

function readHead(bytes: Buffer): ReadHead | undefined {
  if (bytes.length <= firstLine.length || bytes.compare(firstLine, 0, firstLine.length, 0, firstLine.length) !== 0) return undefined;
  const end = bytes.indexOf(headEnd, firstLine.length, 'latin1');
  if (end === -1 || end > headBytesMax) return undefined;
  const rawHeaders: string[] = [];
  const seen = new Set<string>();
  for (const line of bytes.toString('latin1', firstLine.length, end).split(lineEnd)) {
    const [, written = '', value = ''] = headerForm.exec(line) ?? [];
    const name = written.toLowerCase();
    if (!listed.has(name) || seen.has(name)) return undefined;
    if (name === 'connection' && value.toLowerCase() !== 'keep-alive') return undefined;
    seen.add(name);
    rawHeaders.push(name, value);
  }
  const head = plainHead(messagesPath, rawHeaders);
  return head === undefined ? undefined : { head, bytes: end + headEnd.length };
}

/** With a buffer of its own: a part of a larger one would keep all of it in memory. */
function copyOf(bytes: Buffer, length: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(length);
  bytes.copy(copy, 0, 0, length);
  return copy;
}
