/**
 * Lines of a stream of bytes, as they come: up to each newline, without it and without one carriage return before it.
 *
 * Not Node's readline, which also ends a line at U+2028 and U+2029: both may stand in a message.
 */

const newline = 0x0a;
const carriageReturn = 0x0d;

/** The last line may lack its newline; what follows the last newline, if it is nothing, is no line. */
export async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  /** Of a line whose end has not come yet. */
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
