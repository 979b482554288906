/**
 * The token that this page shows, for nodes that ask for one. It is kept for as long as the tab is open, and sent in a header
 * only: never in a URL, which ends up in histories and logs.
 */

import { Watchers } from './watchers.ts';

const keptAs = 'rlog-token';

/** Why one is asked for. */
export type Asked = 'none-given' | 'not-valid' | 'may-not-read';

interface Kept {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export class SessionToken {
  readonly #kept: Kept;
  readonly #watchers = new Watchers();
  #asked: Asked | undefined;

  constructor(kept: Kept) {
    this.#kept = kept;
  }

  get current(): string | undefined {
    return this.#kept.getItem(keptAs) ?? undefined;
  }

  /** `undefined` while the nodes take what is shown to them. */
  get asked(): Asked | undefined {
    return this.#asked;
  }

  /** From now on. */
  use(token: string): void {
    this.#kept.setItem(keptAs, token);
    this.#ask(undefined);
  }

  /** If the nodes want one they say so. */
  forget(): void {
    this.#kept.removeItem(keptAs);
    this.#ask(undefined);
  }

  /** @param shown - with the request that was refused: another one may have been given meanwhile */
  refused(shown: string | undefined, why: 'unauthorized' | 'missing-scope'): void {
    if (shown !== this.current) return;
    if (why === 'missing-scope') return this.#ask('may-not-read');
    this.#ask(shown === undefined ? 'none-given' : 'not-valid');
  }

  /** Told when what is asked for has changed. @returns what ends it */
  subscribe(watcher: () => void): () => void {
    return this.#watchers.subscribe(watcher);
  }

  #ask(asked: Asked | undefined): void {
    this.#asked = asked;
    this.#watchers.tell();
  }
}

/** In a page whose storage is not to be used it is kept until it is loaded again. */
function storage(): Kept {
  try {
    return sessionStorage;
  } catch {
    const kept = new Map<string, string>();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    };
  }
}

let ofThisPage: SessionToken | undefined;

/** The one of this page. */
export function sessionToken(): SessionToken {
  ofThisPage ??= new SessionToken(storage());
  return ofThisPage;
}
