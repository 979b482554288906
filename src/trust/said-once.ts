/**
 * For what happens again and again, and is logged once: of each kind, as long as few enough were logged since. Kinds may be those
 * of strangers, who can make up as many as they like, and may have as many addresses (IPv6): so there is a limit for one source,
 * and one for all together, or they would push everything else out of the log.
 */

const rememberedMax = 1000;
/** How many kinds are said of one source. */
const kindsPerSourceMax = 8;
/** As many lines may come at once; then one for each of these times. */
const atOnceMax = 100;
const everyMs = 6000;

interface SaidOnceParts<Facts> {
  /** From whom it comes, by what he cannot make up. */
  readonly sourceOf?: (facts: Facts) => string | undefined;
  /** In milliseconds, from anywhere on. */
  readonly now?: () => number;
}

/** @param kindOf - the same for what need not be said again */
export function saidOnce<Facts>(
  kindOf: (facts: Facts) => string,
  say: (facts: Facts) => void,
  { sourceOf = () => undefined, now = () => performance.now() }: SaidOnceParts<Facts> = {},
): (facts: Facts) => void {
  const said = new Set<string>();
  const kindsOf = new Map<string, number>();
  let left = atOnceMax;
  let countedAt = now();
  return (facts) => {
    const kind = kindOf(facts);
    if (said.has(kind)) return;
    const source = sourceOf(facts);
    const kinds = source === undefined ? 0 : (kindsOf.get(source) ?? 0);
    if (kinds >= kindsPerSourceMax) return;
    const earned = Math.floor((now() - countedAt) / everyMs);
    countedAt += earned * everyMs;
    left = Math.min(left + earned, atOnceMax);
    // It may be said later, if it happens again.
    if (left === 0) return;
    left -= 1;
    if (said.size >= rememberedMax) {
      said.clear();
      kindsOf.clear();
    }
    said.add(kind);
    if (source !== undefined) kindsOf.set(source, kinds + 1);
    say(facts);
  };
}
