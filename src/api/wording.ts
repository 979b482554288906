/** Helpers for sentences. */

/** "a", "a and b", "a, b and c". */
export function list(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

/** "1 node", "2 nodes". @param others - the word for any number but one */
export function counted(count: number, what: string, others = `${what}s`): string {
  return `${count} ${count === 1 ? what : others}`;
}
