/** The address at which a class answers what it expects of an experiment. */

const start = '#lab?predict=';

export function ballotLink(page: string, experimentId: string): string {
  return `${page.split('#')[0] ?? ''}${start}${encodeURIComponent(experimentId)}`;
}

/** @returns the experiment that is asked about, if one is: an address that was cut in the middle asks about none */
export function experimentOf(hash: string): string | undefined {
  if (!hash.startsWith(start)) return undefined;
  try {
    return decodeURIComponent(hash.slice(start.length));
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
