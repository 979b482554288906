/** Chooses by an `Accept` header (RFC 9110, section 12.5.1): by weight, then by its order, then by the order of our offers. */

export interface Offer<Name extends string> {
  readonly name: Name;
  /** Media types that name this offer. */
  readonly types: readonly string[];
  /** Wildcards that may select it. A stream that never ends, or a page for people, must be named. */
  readonly byWildcard: readonly ('*/*' | 'application/*' | 'text/*')[];
}

interface Range {
  readonly type: string;
  readonly weight: number;
}

/** @returns `undefined` if no offer is acceptable */
export function preferred<Name extends string>(accept: string | undefined, offers: readonly Offer<Name>[]): Name | undefined {
  const ranges = rangesIn(accept);
  let best: { readonly name: Name; readonly weight: number; readonly at: number } | undefined;
  for (const { name, types, byWildcard } of offers) {
    // An exact type says more than a wildcard that includes it.
    const at = [types, byWildcard.filter((type) => type !== '*/*'), byWildcard]
      .map((meant) => ranges.findIndex(({ type }) => meant.includes(type)))
      .find((index) => index !== -1);
    const weight = at === undefined ? 0 : (ranges[at]?.weight ?? 0);
    if (at === undefined || weight === 0) continue;
    if (best === undefined || weight > best.weight || (weight === best.weight && at < best.at)) best = { name, weight, at };
  }
  return best?.name;
}

/** A missing header accepts anything. */
function rangesIn(accept: string | undefined): Range[] {
  if (accept === undefined || accept.trim() === '') return [{ type: '*/*', weight: 1 }];
  return accept.split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((each) => each.trim().toLowerCase());
    const [, weight = '1'] = parameters.map((each) => /^q\s*=\s*([01](?:\.\d{0,3})?)$/.exec(each)).find((match) => match !== null) ?? [];
    return { type, weight: Math.min(1, Number(weight)) };
  });
}
