/** The address at which a class answers what it expects of an experiment. */

const start = '#lab?predict=';

export function ballotLink(page: string, experimentId: string): string {
  return `${page.split('#')[0] ?? ''}${start}${encodeURIComponent(experimentId)}`;
}

/** @returns the experiment that is asked about, if one is */
export function experimentOf(hash: string): string | undefined {
  return hash.startsWith(start) ? decodeURIComponent(hash.slice(start.length)) : undefined;
}
