/**
 * What is read aloud of how the cluster is: of the sentence above all views only what is new, so that who hears the page
 * is told once that a node died, and once that another one leads.
 */

export class Announcer {
  #before: ReadonlySet<string> = new Set();

  /** @returns what is new, as one text; `undefined` if nothing is */
  next(pieces: readonly string[]): string | undefined {
    const news = pieces.filter((piece) => !this.#before.has(piece));
    this.#before = new Set(pieces);
    return news.length === 0 ? undefined : `${news.join('. ')}.`;
  }
}
