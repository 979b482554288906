/**
 * A request that gets no answer: the node may only be waiting for others, as it was told to; or it is paused, cut off, or
 * waits with a leader that leads no more. It and other nodes are asked who leads (`GET /leader`); then it is known whether
 * waiting on makes sense. Only for what is harmless to send twice.
 */

/** Without an answer for so long, the nodes are asked; and again. */
export const doubtAfterMs = 1000;
/** A node that does not say who leads within this is silent: after the two, one that says nothing at all is left. */
export const leaderWithinMs = 1000;
/** Of a stream without entries. */
export const quietAfterMs = 10_000;
/** How long a node that was silent is left alone, while there are others. */
export const silentRestMs = 5000;
/** So many others are asked at a time. */
const askedMax = 3;

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
  /** Other nodes that are known now, those first that are asked first. */
  readonly others: () => readonly string[];
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
  while (await isStillSilent(afterMs, over)) {
    const asked = others().slice(0, askedMax);
    if (asked.length === 0) continue;
    const [here, ...there] = await Promise.all([url, ...asked].map((node) => standingOf(node, over)));
    if (over.aborted) return;
    const doubted = doubtOf(here, { asked, there });
    if (doubted !== undefined) return giveUp(doubted);
  }
}

export interface QuietParts extends SilenceParts {
  /** Whether nothing came on the stream for long. */
  readonly isQuiet: () => boolean;
}

/**
 * The same for a stream on which there is nothing but heartbeats: the log may be quiet, or the node is cut off from the others
 * and knows nothing new. Mostly the node itself says who leads, and nobody else is asked.
 * @returns to be called when the stream is over
 */
export function watchQuiet(parts: QuietParts): () => void {
  const over = new AbortController();
  void doubtQuiet(parts, over.signal);
  return () => over.abort();
}

/** Never rejects. */
async function doubtQuiet({ url, others, standingOf, giveUp, afterMs, isQuiet }: QuietParts, over: AbortSignal): Promise<void> {
  while (await isStillSilent(afterMs, over)) {
    if (!isQuiet()) continue;
    const here = await standingOf(url, over);
    // One that says nothing has no heartbeats either: the stream ends for that.
    if (here === undefined || here.leader !== null) continue;
    const asked = others().slice(0, askedMax);
    const there = await Promise.all(asked.map((node) => standingOf(node, over)));
    if (over.aborted) return;
    const doubted = doubtOf(here, { asked, there });
    if (doubted !== undefined) return giveUp(doubted);
  }
}

/** @returns why the node that was asked is left, and for which of the others */
function doubtOf(
  here: Standing | undefined,
  { asked, there }: { readonly asked: readonly string[]; readonly there: readonly (Standing | undefined)[] },
): Doubted | undefined {
  const better = betterThan(here, there);
  const turnTo = better === undefined ? undefined : asked[better.at];
  return better === undefined || turnTo === undefined ? undefined : new Doubted(`${better.why}; ${turnTo} does`, turnTo);
}

/** @returns of several nodes that which knows most, if it knows more than the one that was asked, and what */
export function betterThan(
  here: Standing | undefined,
  there: readonly (Standing | undefined)[],
): { readonly at: number; readonly why: string } | undefined {
  const epochs = there.map((standing) => (standing === undefined ? -1 : (standing.leader?.epoch ?? 0)));
  const at = epochs.indexOf(Math.max(...epochs));
  const why = whyToTurn(here, there[at]);
  return why === undefined ? undefined : { at, why };
}

/** @returns nothing if waiting on makes sense, or the other one is no better */
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
