/** The traces that appends belong to, as the header of W3C Trace Context has them. */

const form = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-([\da-f]{2})(-[\x21-\x7e]*)?$/;

/** @throws TypeError */
export function needTraceparent(traceparent: string | undefined): string | undefined {
  if (traceparent === undefined || (typeof traceparent === 'string' && form.test(traceparent))) return traceparent;
  throw new TypeError('"traceparent" must be as W3C Trace Context has it: 00, trace id, span id and flags');
}

/** What a request says that several appends share. @param given - what `needTraceparent` returned */
export function sharedTraceparent(given: readonly { readonly traceparent: string | undefined }[]): string | undefined {
  let first: string | undefined;
  for (const { traceparent } of given) {
    if (traceparent === undefined) continue;
    if (isSampled(traceparent)) return traceparent;
    first ??= traceparent;
  }
  return first;
}

function isSampled(traceparent: string): boolean {
  return (Number.parseInt(form.exec(traceparent)?.[1] ?? '0', 16) & 1) === 1;
}
