/**
 * Something that is there only while somebody looks at the page. A browser keeps six connections to one server, for all
 * its tabs and windows together. If each tab held one, the seventh page would never load, and no page could write. So a
 * tab in the background holds none, and of those in sight only the few that were looked at last do: each tells the others
 * when somebody turns to it, and when somebody leaves it.
 */

/** Two of six are for everything else. */
const holdersMax = 4;
/** Somebody who turns to another tab and back finds everything as it was. */
const hideAfterMs = 5000;

export type Word = { readonly kind: 'lookedAt' | 'left'; readonly tab: string };

export interface TabParts {
  readonly page: Pick<Document, 'visibilityState' | 'addEventListener'>;
  /** Told of whoever turns to this page, or leaves it. */
  readonly window: { addEventListener(type: string, listener: () => void): void };
  /** To the other tabs; `undefined` where there is no way to them. */
  readonly others: { tell(word: Word): void; hear(take: (word: Word) => void): void } | undefined;
  /** Calls later. @returns what cancels it */
  readonly after: (ms: number, call: () => void) => () => void;
  /** No other tab has it. */
  readonly tab: string;
}

export function whileLookedAt(
  { begin, end }: { readonly begin: () => void; readonly end: () => void },
  parts: TabParts = ofThisTab(),
): void {
  const { page, window, others, after, tab } = parts;
  /** Other tabs that somebody turned to since this one was. */
  const later = new Set<string>();
  let isOn = false;
  let cancelLeaving: (() => void) | undefined;
  const turn = (on: boolean): void => {
    if (on === isOn) return;
    isOn = on;
    if (on) begin();
    else end();
  };
  const isShown = (): boolean => page.visibilityState === 'visible';
  const lookedAt = (): void => {
    if (!isShown() || (isOn && later.size === 0)) return;
    later.clear();
    others?.tell({ kind: 'lookedAt', tab });
    turn(true);
  };
  const left = (): void => {
    others?.tell({ kind: 'left', tab });
    turn(false);
  };
  const visibilityChanged = (): void => {
    cancelLeaving?.();
    if (isShown()) lookedAt();
    else if (isOn) cancelLeaving = after(hideAfterMs, left);
  };
  others?.hear((word) => {
    if (word.kind === 'lookedAt') later.add(word.tab);
    else later.delete(word.tab);
    if (later.size >= holdersMax) turn(false);
    else if (isShown()) turn(true);
  });
  page.addEventListener('visibilitychange', visibilityChanged);
  for (const type of ['focus', 'pointerdown', 'keydown', 'pageshow']) window.addEventListener(type, lookedAt);
  window.addEventListener('pagehide', left);
  visibilityChanged();
}

function ofThisTab(): TabParts {
  return {
    page: document,
    window: globalThis,
    others: 'BroadcastChannel' in globalThis ? otherTabs() : undefined,
    after: (ms, call) => {
      const timer = setTimeout(call, ms);
      return () => clearTimeout(timer);
    },
    tab: String(Math.random()),
  };
}

/** Of this origin, in this browser. */
function otherTabs(): TabParts['others'] {
  const channel = new BroadcastChannel('rlog-tabs');
  return {
    // A channel has no target: nobody else is on it.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    tell: (word) => channel.postMessage(word),
    hear: (take) => channel.addEventListener('message', ({ data }: MessageEvent<Word>) => take(data)),
  };
}
