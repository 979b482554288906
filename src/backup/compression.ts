/** Zstandard, with a checksum over what was compressed. Whether a backup is compressed is seen by its first bytes. */

import { PassThrough, Readable, pipeline } from 'node:stream';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';

const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** The quickest of the usual levels: whoever backs up a node wants its appends to go on. */
const level = 1;
/** By default there would be sixteen times as many pieces. */
const chunkSize = 256 * 1024;

export function compressed(bytes: Readable): Readable {
  const zstd = createZstdCompress({
    chunkSize,
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
  });
  // Whoever reads the result is told of a failure of the source.
  return pipeline(bytes, zstd, () => undefined);
}

/** As it was before it was compressed; as it is, if it was not. */
export async function decompressed(bytes: AsyncIterable<Buffer>): Promise<AsyncIterable<Buffer>> {
  const iterator = bytes[Symbol.asyncIterator]();
  let first = Buffer.alloc(0);
  while (first.length < magic.length) {
    const next = await iterator.next();
    if (next.done === true) break;
    first = Buffer.concat([first, next.value]);
  }
  const all = async function* (): AsyncGenerator<Buffer> {
    if (first.length > 0) yield first;
    yield* { [Symbol.asyncIterator]: () => iterator };
  };
  if (!first.subarray(0, magic.length).equals(magic)) return all();
  return pipeline(Readable.from(all()), createZstdDecompress({ chunkSize }), new PassThrough(), () => undefined);
}
