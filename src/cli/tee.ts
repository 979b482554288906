/** The same bytes for several readers, which take them together: the slowest one holds the others back. */

import { PassThrough } from 'node:stream';

export class Tee implements AsyncIterable<Buffer> {
  readonly #source: AsyncIterable<Buffer>;
  readonly #copies: PassThrough[] = [];

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source;
  }

  /** To be called before the first piece is taken. */
  copy(): AsyncIterable<Buffer> {
    const copy = new PassThrough();
    this.#copies.push(copy);
    return copy;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    try {
      for await (const piece of this.#source) {
        await Promise.all(this.#copies.map((copy) => written(copy, piece)));
        yield piece;
      }
      for (const copy of this.#copies) copy.end();
    } catch (error) {
      for (const copy of this.#copies) copy.destroy(error as Error);
      throw error;
    }
  }
}

/** Resolves when the copy can take more; at once if nobody reads it any more. */
async function written(copy: PassThrough, piece: Buffer): Promise<void> {
  if (copy.destroyed || copy.write(piece)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      copy.off('drain', done).off('close', done);
      resolve();
    };
    copy.on('drain', done).on('close', done);
  });
}
