/** For what happens again and again, and is logged once: of each kind, as long as few enough were logged since. */

const rememberedMax = 1000;

/** @param kindOf - the same for what need not be said again */
export function saidOnce<Facts>(kindOf: (facts: Facts) => string, say: (facts: Facts) => void): (facts: Facts) => void {
  const said = new Set<string>();
  return (facts) => {
    const kind = kindOf(facts);
    if (said.has(kind)) return;
    if (said.size >= rememberedMax) said.clear();
    said.add(kind);
    say(facts);
  };
}
