/**
 * What a plain append looks like on the wire: one chunk that holds one whole `POST /messages`, with a JSON body and no
 * header that asks for anything unusual. This is no HTTP parser: whatever is not exactly that is for one to judge.
 *
 * Every rule here is stricter than HTTP's (RFC 9112): CRLF at every line, names of token characters, values of visible
 * ASCII, one Content-Length of digits that is just what follows, nothing behind it. So what is taken here, a parser
 * would take too, and read the same.
 */

import { dialectHeader, forwardedHeader } from '../protocol/http-names.ts';

export const appendPath = '/messages';
const requestLine = `POST ${appendPath} HTTP/1.1\r\n`;
const headEnd = '\r\n\r\n';
const headBytesMax = 8 * 1024;
const headerLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?)[ \t]*$/;

const plainTypes: ReadonlySet<string> = new Set(['application/json', 'application/json; charset=utf-8', 'application/json;charset=utf-8']);
/** A request with one of these is not plain. */
const unusualHeaders: ReadonlySet<string> = new Set([dialectHeader, forwardedHeader, 'content-encoding', 'expect', 'transfer-encoding']);
/** Of these one must know what the connection is to do next. */
const connectionHeaders: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade']);

/** What a plain request says of itself. */
export interface PlainHead {
  readonly bodyBytes: number;
  /** The `Idempotency-Key`. */
  readonly key: string | undefined;
}

/** @returns `undefined` if there is anything in it that is for the framework to judge */
export function plainHead(rawHeaders: readonly string[]): PlainHead | undefined {
  let isJson = false;
  let bodyBytes: number | undefined;
  let key: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    const value = rawHeaders[i + 1] ?? '';
    if (name === 'content-type') {
      if (isJson || !plainTypes.has(value)) return undefined;
      isJson = true;
    } else if (name === 'content-length') {
      if (bodyBytes !== undefined || !/^\d{1,10}$/.test(value)) return undefined;
      bodyBytes = Number(value);
    } else if (name === 'idempotency-key') {
      if (key !== undefined || value.length === 0 || value.length > 255) return undefined;
      key = value;
    } else if (unusualHeaders.has(name)) return undefined;
  }
  return isJson && bodyBytes !== undefined && bodyBytes > 0 ? { bodyBytes, key } : undefined;
}

/** Reads the plain appends of one connection, which mostly begin with the same bytes each time. */
export class PlainRequestReader {
  #headText = '';
  #head: PlainHead | undefined;

  /** @returns the head and the body, or `undefined` if the chunk is anything but one whole plain append */
  read(chunk: Buffer): { readonly head: PlainHead; readonly body: Buffer } | undefined {
    if (chunk.length < requestLine.length || chunk.toString('latin1', 0, requestLine.length) !== requestLine) return undefined;
    const end = chunk.indexOf(headEnd);
    if (end === -1 || end > headBytesMax) return undefined;
    const text = chunk.toString('latin1', requestLine.length, end);
    if (text !== this.#headText) {
      this.#headText = text;
      this.#head = headOf(text);
    }
    const body = chunk.subarray(end + headEnd.length);
    return this.#head === undefined || this.#head.bodyBytes !== body.length ? undefined : { head: this.#head, body };
  }
}

function headOf(text: string): PlainHead | undefined {
  const rawHeaders: string[] = [];
  for (const line of text.split('\r\n')) {
    const [, name, value] = headerLine.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const lower = name.toLowerCase();
    if (connectionHeaders.has(lower) && !(lower === 'connection' && value.toLowerCase() === 'keep-alive')) return undefined;
    rawHeaders.push(name, value);
  }
  return plainHead(rawHeaders);
}
