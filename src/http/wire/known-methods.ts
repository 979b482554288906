/** Knows the methods of each path, to refuse any other with the right `Allow` header. */

import { LogError } from '../../api/problems.ts';

export class KnownMethods {
  readonly #paths = new Map<RegExp, Set<string>>();

  /** @param url - a route's path, as Fastify writes it */
  add(url: string, method: string): void {
    const pattern = new RegExp(`^${url.replaceAll(/:[A-Za-z]+/g, '[^/]+')}$`);
    let known = [...this.#paths].find(([other]) => other.source === pattern.source)?.[1];
    if (known === undefined) this.#paths.set(pattern, (known = new Set()));
    known.add(method);
  }

  /** The failure for a request that matches no route, and the `Allow` header if only its method is wrong. */
  refusalOf({ method, url }: { readonly method: string; readonly url: string }): {
    readonly failure: LogError;
    readonly allow: string | undefined;
  } {
    const path = url.split('?')[0] ?? '/';
    const allowed = [...this.#paths].find(([pattern]) => pattern.test(path))?.[1];
    if (allowed === undefined) return { failure: new LogError('not-found', `no route ${path}; see /openapi.json`), allow: undefined };
    const allow = [...allowed].join(', ');
    return { failure: new LogError('method-not-allowed', `${path} takes ${allow}, not ${method}`), allow };
  }
}
