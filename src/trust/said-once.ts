/** For what happens again and again, and is logged once: of each kind, as long as few enough were logged since. */

const rememberedMax = 1000;
/** How many kinds are said of one source: whoever it is could make up more and more of them. */
const kindsPerSourceMax = 8;

/**
 * @param kindOf - the same for what need not be said again
 * @param sourceOf - from whom it comes, by what he cannot make up
 */
export function saidOnce<Facts>(
  kindOf: (facts: Facts) => string,
  say: (facts: Facts) => void,
  sourceOf: (facts: Facts) => string | undefined = () => undefined,
): (facts: Facts) => void {
  const said = new Set<string>();
  const kindsOf = new Map<string, number>();
  return (facts) => {
    const kind = kindOf(facts);
    if (said.has(kind)) return;
    const source = sourceOf(facts);
    const kinds = source === undefined ? 0 : (kindsOf.get(source) ?? 0);
    if (kinds >= kindsPerSourceMax) return;
    if (said.size >= rememberedMax) {
      said.clear();
      kindsOf.clear();
    }
    said.add(kind);
    if (source !== undefined) kindsOf.set(source, kinds + 1);
    say(facts);
  };
}
