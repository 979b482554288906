/**
 * A request that gets no answer: the node may only be waiting for others, as it was told to; or it is paused, cut off, or
 * waits with a leader that leads no more. Another node is asked how it is, and so is the silent one; then it is known
 * whether waiting on makes sense. Only for what is harmless to send twice.
 */

/** Without an answer for so long, others are asked; and again. */
export const doubtAfterMs = 2000;
/** A node that does not say how it is within this is silent. */
export const healthWithinMs = 2000;
/** How long a node that was silent is left alone, while there are others. */
export const silentRestMs = 5000;

/** What a node knows of who leads. */
export interface Standing {
  readonly leader: { readonly id: string; readonly epoch: number } | null;
}

/** Why a node is not waited for any more, and who is asked instead. */
export class Doubted extends Error {
  override readonly name = 'Doubted';
  readonly turnTo: string;

  constructor(reason: string, turnTo: string) {
    super(reason);
    this.turnTo = turnTo;
  }
}

export interface SilenceParts {
  readonly url: string;
  /** Other nodes, those first that are asked first. */
  readonly others: readonly string[];
  /** @returns `undefined` if it does not say in time. Never rejects */
  readonly standingOf: (url: string, signal: AbortSignal) => Promise<Standing | undefined>;
  readonly giveUp: (why: Doubted) => void;
  readonly afterMs: number;
}

/** @returns to be called when the answer is there, or nobody waits for it any more */
export function watchSilence(parts: SilenceParts): () => void {
  const over = new AbortController();
  void doubt(parts, over.signal);
  return () => over.abort();
}

/** Never rejects. */
async function doubt({ url, others, standingOf, giveUp, afterMs }: SilenceParts, over: AbortSignal): Promise<void> {
  for (let round = 0; ; round += 1) {
    const other = others[round % others.length];
    if (other === undefined || !(await isStillSilent(afterMs, over))) return;
    const [here, there] = await Promise.all([standingOf(url, over), standingOf(other, over)]);
    if (over.aborted) return;
    const why = whyToTurn(here, there);
    if (why === undefined) continue;
    giveUp(new Doubted(`${why}; ${other} does`, other));
    return;
  }
}

/** @returns nothing if waiting on makes sense, or nobody else is better */
export function whyToTurn(here: Standing | undefined, there: Standing | undefined): string | undefined {
  if (there === undefined) return undefined;
  if (here === undefined) return 'it says nothing at all';
  if (there.leader === null) return undefined;
  if (here.leader === null) return 'it does not know who leads';
  return here.leader.epoch < there.leader.epoch
    ? `it does not know that ${there.leader.id} leads since epoch ${there.leader.epoch}`
    : undefined;
}

/** @returns whether the time is over, and it is not */
function isStillSilent(afterMs: number, over: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (isOver: boolean): void => {
      clearTimeout(timer);
      over.removeEventListener('abort', abort);
      resolve(!isOver);
    };
    const abort = (): void => end(true);
    const timer = setTimeout(() => end(false), afterMs);
    over.addEventListener('abort', abort, { once: true });
    if (over.aborted) end(true);
  });
}
