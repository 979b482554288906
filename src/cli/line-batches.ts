/**
 * Groups lines into batches. The same lines always make the same batches, wherever the reading begins: a batch ends at
 * every thousandth line, and earlier if it would become too large. So the number of its first line identifies a batch, and
 * its idempotency key contains that number.
 */

import { isUtf8 } from 'node:buffer';

const linesMax = 1000;
const bytesMax = 1024 * 1024;

export interface LineBatch {
  /** Counted from 1. */
  readonly firstLine: number;
  /** One JSON text for each line. */
  readonly texts: readonly string[];
}

/** A line that is not a message. Nothing of its batch is yielded. */
export class BadLine extends Error {
  override readonly name = 'BadLine';
  readonly line: number;

  constructor(line: number, reason: string, options?: ErrorOptions) {
    super(`line ${line} ${reason}`, options);
    this.line = line;
  }
}

/** Says what is wrong with a text; the name of the text comes before it: `line 3 is not UTF-8`. */
export class BadText extends Error {
  override readonly name = 'BadText';
}

/** The first line of the thousand to which a line belongs. */
export function batchStart(line: number): number {
  return line - ((line - 1) % linesMax);
}

/**
 * @param fromLine - the first line that is wanted; its batch is yielded as a whole
 * @throws BadLine
 */
export async function* lineBatches(
  lines: AsyncIterable<Buffer>,
  { encode, fromLine = 1 }: { readonly encode: (text: string) => string; readonly fromLine?: number },
): AsyncGenerator<LineBatch, void, undefined> {
  const start = batchStart(fromLine);
  let [texts, bytes, line]: [string[], number, number] = [[], 0, 0];
  const take = (): LineBatch => {
    const batch = { firstLine: line - texts.length + 1, texts };
    [texts, bytes] = [[], 0];
    return batch;
  };
  for await (const read of lines) {
    if (line + 1 >= start) {
      const text = encodeLine(read, line + 1, encode);
      if (texts.length > 0 && bytes + text.length > bytesMax) yield take();
      texts.push(text);
      bytes += text.length;
    }
    line += 1;
    if (texts.length > 0 && line % linesMax === 0) yield take();
  }
  if (texts.length > 0) yield take();
}

function encodeLine(read: Buffer, line: number, encode: (text: string) => string): string {
  if (!isUtf8(read)) throw new BadLine(line, 'is not UTF-8');
  const text = read.toString('utf8');
  try {
    return encode(line === 1 ? withoutByteOrderMark(text) : text);
  } catch (cause) {
    throw cause instanceof BadText ? new BadLine(line, cause.message, { cause }) : cause;
  }
}

/** Files from Windows often begin with one, which is not part of the text. */
function withoutByteOrderMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
