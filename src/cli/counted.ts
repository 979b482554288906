/** A count as people say it. @param others - the word for any number but one */
export function counted(count: number, what: string, others = `${what}s`): string {
  return `${count} ${count === 1 ? what : others}`;
}
