/**
 * Decides whether to keep waiting for an answer. The node may be waiting for others, as the request says; or it is
 * paused, cut off, or waits for a leader that no longer leads. To find out, it and other nodes are asked who leads
 * (`GET /leader`). Only for requests that are harmless to send twice.
 */

/** After this long without an answer the nodes are asked, and then again at this interval. */
export const doubtAfterMs = 1000;
/**
 * A node that does not answer within this counts as silent. With the interval above, a silent node is left after two
 * seconds.
 */
export const leaderWithinMs = 1000;
/** The interval for a stream without entries. */
export const quietAfterMs = 10_000;
/** How long a silent node is left alone while there are others. */
export const silentRestMs = 5000;
/** How many other nodes are asked at a time. */
const askedMax = 3;

/** The leader, as far as a node knows. */
export interface Standing {
  readonly leader: { readonly id: string; readonly epoch: number } | null;
}

/** Why a node is no longer waited for, and which one is asked instead. */
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
  /** The other known nodes, in the order in which to ask them. */
  readonly others: () => readonly string[];
  /** @returns `undefined` if the node does not answer in time. Never rejects */
  readonly standingOf: (url: string, signal: AbortSignal) => Promise<Standing | undefined>;
  readonly giveUp: (why: Doubted) => void;
  readonly afterMs: number;
}

/** @returns to be called when the answer begins, or is no longer waited for */
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
  /** Whether no entry has come on the stream for a long time. */
  readonly isQuiet: () => boolean;
}

/**
 * The same for a stream with nothing but heartbeats: the log may be quiet, or the node is cut off from the others and
 * gets no new entries. Usually the node itself knows a leader, and no other node is asked.
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
    // A silent node sends no heartbeats either, and the stream will end for that reason.
    if (here === undefined || here.leader !== null) continue;
    const asked = others().slice(0, askedMax);
    const there = await Promise.all(asked.map((node) => standingOf(node, over)));
    if (over.aborted) return;
    const doubted = doubtOf(here, { asked, there });
    if (doubted !== undefined) return giveUp(doubted);
  }
}

/** @returns why to leave the present node, and for which of the others; `undefined` to stay */
function doubtOf(
  here: Standing | undefined,
  { asked, there }: { readonly asked: readonly string[]; readonly there: readonly (Standing | undefined)[] },
): Doubted | undefined {
  const better = betterThan(here, there);
  const turnTo = better === undefined ? undefined : asked[better.at];
  return better === undefined || turnTo === undefined ? undefined : new Doubted(`${better.why}; ${turnTo} does`, turnTo);
}

/**
 * @returns the index of the other node that knows the latest leader, and why it is better than the present one;
 * `undefined` if it is not
 */
export function betterThan(
  here: Standing | undefined,
  there: readonly (Standing | undefined)[],
): { readonly at: number; readonly why: string } | undefined {
  const epochs = there.map((standing) => (standing === undefined ? -1 : (standing.leader?.epoch ?? 0)));
  const at = epochs.indexOf(Math.max(...epochs));
  const why = whyToTurn(here, there[at]);
  return why === undefined ? undefined : { at, why };
}

/** @returns why to turn to the other node; `undefined` if it is no better */
export function whyToTurn(here: Standing | undefined, there: Standing | undefined): string | undefined {
  if (there === undefined) return undefined;
  if (here === undefined) return 'it does not answer at all';
  if (there.leader === null) return undefined;
  if (here.leader === null) return 'it does not know who leads';
  return here.leader.epoch < there.leader.epoch ? `it does not know that ${there.leader.id} leads epoch ${there.leader.epoch}` : undefined;
}

/** @returns whether the time has passed without an abort */
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
