/**
 * Splits a stream of bytes into lines, without the newline, and without a carriage return before it.
 *
 * Not with Node's readline, which also ends a line at U+2028 and U+2029: both can be part of a message.
 */

const newline = 0x0a;
const carriageReturn = 0x0d;

/** The last line may lack its newline. Nothing after the last newline is not a line. */
export async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  /** Pieces of a line whose end has not arrived yet. */
  let pieces: Buffer[] = [];
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
      const last = bytes.subarray(start, end);
      yield withoutReturn(pieces.length === 0 ? last : Buffer.concat([...pieces, last]));
      pieces = [];
      start = end + 1;
    }
    if (start < bytes.length) pieces.push(bytes.subarray(start));
  }
  if (pieces.length > 0) yield withoutReturn(Buffer.concat(pieces));
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === carriageReturn ? line.subarray(0, -1) : line;
}
