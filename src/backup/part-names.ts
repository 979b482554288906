/** Names of the parts of a backup. */

const pattern = /^(?<kind>checkpoint|batches)\/(?<start>\d{20})$/;

/** @param start - the position in the checkpoint, or the number of the first batch */
export function partName(kind: 'checkpoint' | 'batches', start: number): string {
  return `${kind}/${String(start).padStart(20, '0')}`;
}

export function partKind(name: string): 'checkpoint' | 'batches' | undefined {
  return pattern.exec(name)?.groups?.['kind'] as 'checkpoint' | 'batches' | undefined;
}
