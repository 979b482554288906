/** Bytes of the messages that came over HTTP, were handed to this node's log, and wait to be answered. */
export class WaitingBytes {
  #total = 0;

  get total(): number {
    return this.#total;
  }

  /** @returns to be called when they wait no more; calling it again does nothing */
  add(messages: readonly Buffer[]): () => void {
    let bytes = 0;
    for (const message of messages) bytes += message.length;
    this.#total += bytes;
    return () => {
      this.#total -= bytes;
      bytes = 0;
    };
  }
}
