/**
 * Decides when a stream has been silent for too long. Heartbeats may be far apart, so after a while the node is asked
 * whether it is there at all: one that does not answer is left, one that does is waited for until heartbeats were missed.
 */

/** With the second that an answer may take, a silent node is left well within 15 seconds. */
export const askAfterMs = 12_000;

export interface PatienceParts {
  /** The longest silence. */
  readonly silenceMs: number;
  /** After this much of it, and again after as much more, the node is asked; `Infinity`: never. */
  readonly askAfterMs: number;
  /** Whether the node answers at all. Never rejects. */
  readonly answers: () => Promise<boolean>;
  readonly giveUp: (why: Error) => void;
}

export class Patience {
  readonly #parts: PatienceParts;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #heardAt = 0;
  /** Counts what was heard: an answer to a question of before is of no interest. */
  #turn = 0;

  constructor(parts: PatienceParts) {
    this.#parts = parts;
  }

  /** Something was heard, or is waited for from now on. */
  heard(): void {
    this.#heardAt = performance.now();
    this.#wait(0);
  }

  /** Nothing is waited for: the reader is busy, or the stream is over. */
  stop(): void {
    this.#turn += 1;
    clearTimeout(this.#timer);
  }

  #wait(silentMs: number): void {
    this.stop();
    const turn = this.#turn;
    const { silenceMs, askAfterMs: askMs } = this.#parts;
    this.#timer = setTimeout(() => void this.#doubt(turn), Math.min(askMs, silenceMs - silentMs));
  }

  /** Never rejects. */
  async #doubt(turn: number): Promise<void> {
    const { silenceMs, answers, giveUp } = this.#parts;
    const silentMs = performance.now() - this.#heardAt;
    // A timer may be a little early.
    if (silentMs + 1 >= silenceMs) return giveUp(new Error(`nothing was heard for ${silenceMs} ms`));
    const isThere = await answers();
    if (turn !== this.#turn) return;
    if (isThere) this.#wait(performance.now() - this.#heardAt);
    else giveUp(new Error(`nothing was heard for ${Math.round(silentMs)} ms, and the node does not answer`));
  }
}
