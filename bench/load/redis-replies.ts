/** Parses replies of Redis, however they are cut into chunks: errors, numbers, and strings, whose content is not needed. */

export type ReplyKind = 'error' | 'number' | 'status' | 'string';

const carriageReturn = 0x0d;

export class ReplyLines {
  readonly #onReply: (kind: ReplyKind, text: string) => void;
  #rest: Buffer | undefined;

  constructor(onReply: (kind: ReplyKind, text: string) => void) {
    this.#onReply = onReply;
  }

  push(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      const next = this.#take(bytes, at);
      if (next === undefined) break;
      at = next;
    }
    this.#rest = at === bytes.length ? undefined : Buffer.from(bytes.subarray(at));
  }

  /** @returns where the next reply begins; `undefined`: this one is not complete yet */
  #take(bytes: Buffer, start: number): number | undefined {
    const end = bytes.indexOf(carriageReturn, start);
    if (end === -1 || end + 2 > bytes.length) return undefined;
    const text = bytes.toString('latin1', start + 1, end);
    switch (bytes[start]) {
      case 0x24: {
        const next = end + 2 + (Number(text) < 0 ? 0 : Number(text) + 2);
        if (next > bytes.length) return undefined;
        this.#onReply('string', '');
        return next;
      }
      case 0x3a:
        this.#onReply('number', text);
        return end + 2;
      case 0x2b:
        this.#onReply('status', text);
        return end + 2;
      case 0x2d:
        this.#onReply('error', text);
        return end + 2;
      default:
        throw new Error(`not a reply of Redis: ${bytes.toString('latin1', start, start + 40)}`);
    }
  }
}
