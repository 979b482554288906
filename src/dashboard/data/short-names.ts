/** Names of nodes, as short as they can be and still differ: host names of containers are long, and differ in one letter. */

/** Shorter ones are shown as they are. */
const plainCharsMax = 16;
/** What is left of a name must still say something. */
const restCharsMin = 3;

export function shortNames(ids: readonly string[]): ReadonlyMap<string, string> {
  if (ids.every((id) => id.length <= plainCharsMax)) return new Map(ids.map((id) => [id, id]));
  const short = withoutPrefix(withoutSuffix(ids)).map(withMiddleLeftOut);
  // Two that look alike would help nobody.
  const isTold = new Set(short).size === ids.length;
  return new Map(ids.map((id, index) => [id, (isTold ? short[index] : undefined) ?? id]));
}

/** `log-0.log.default`, `log-1.log.default`: what follows the same dot in all. */
function withoutSuffix(ids: readonly string[]): readonly string[] {
  const [first = '', ...others] = ids;
  for (let dot = first.indexOf('.'); dot > 0; dot = first.indexOf('.', dot + 1)) {
    const suffix = first.slice(dot);
    if (others.length > 0 && others.every((id) => id.endsWith(suffix) && id.length > suffix.length)) {
      return ids.map((id) => id.slice(0, -suffix.length));
    }
  }
  return ids;
}

/** Whole words that all begin with, if what is left is not too little. */
function withoutPrefix(ids: readonly string[]): readonly string[] {
  const [first = '', ...others] = ids;
  if (others.length === 0 || ids.every((id) => id.length <= plainCharsMax)) return ids;
  for (const { index } of [...first.matchAll(/[-._:/]/g)].toReversed()) {
    const prefix = first.slice(0, index + 1);
    if (others.every((id) => id.startsWith(prefix)) && ids.every((id) => id.length - prefix.length >= restCharsMin)) {
      return ids.map((id) => id.slice(prefix.length));
    }
  }
  return ids;
}

/** Names differ at their ends more often than within. */
function withMiddleLeftOut(id: string): string {
  if (id.length <= plainCharsMax + 4) return id;
  return `${id.slice(0, 8)}…${id.slice(-9)}`;
}
