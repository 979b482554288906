/**
 * Tokens of clients. What is kept of a token is its SHA-256, and what is asked for is compared with all of them, each in
 * constant time: how long a refusal takes says nothing of any token, nor of how many come before it.
 *
 * A token that stands on several lines has all their scopes.
 */

import { createHash, timingSafeEqual } from 'node:crypto';
import { isScope, isTokenName, scopes } from './caller.ts';
import type { Caller, Scope } from './caller.ts';
import { secretLengthMin } from './cluster-secrets.ts';

/** Of headers that were right, as they were spelled: there are hardly more of them than tokens. */
const rememberedMax = 1000;

export interface TokenEntry {
  readonly name: string;
  readonly scope: Scope;
  /** SHA-256 of the token. */
  readonly digest: Buffer;
}

/** The line is named, and nothing of what it says: it may be a token. */
export class TokenMistake extends Error {
  override readonly name = 'TokenMistake';
}

/** Those of `API_TOKENS`: each is named by its scope and its place. */
export function entriesOf(given: readonly { readonly scope: Scope; readonly token: string }[]): TokenEntry[] {
  return given.map(({ scope, token }, index) => ({ name: `${scope}-${index + 1}`, scope, digest: digestOf(token) }));
}

/** Those of a file: `name scope token` or `name scope sha256:HEX` a line; `#` begins a comment line. @throws TokenMistake */
export function parseTokens(text: string): TokenEntry[] {
  const lines = text.split(/\r?\n/).map((line, index) => ({ words: line.trim().split(/\s+/), at: `line ${index + 1}` }));
  return lines.filter(({ words: [first = ''] }) => first !== '' && !first.startsWith('#')).map(({ words, at }) => entryIn(words, at));
}

/** @throws TokenMistake */
function entryIn([name = '', scope = '', token = '', ...rest]: readonly string[], at: string): TokenEntry {
  if (token === '' || rest.length > 0) throw new TokenMistake(`${at} is not "name scope token" or "name scope sha256:HEX"`);
  if (!isTokenName(name)) throw new TokenMistake(`${at}: a name is letters, digits, ".", "_" and "-", at most 63 of them`);
  if (!isScope(scope)) throw new TokenMistake(`${at}: a scope is one of ${scopes.join(', ')}`);
  const [, hex] = /^sha256:(.*)$/.exec(token) ?? [];
  if (hex !== undefined) {
    if (!/^[\da-f]{64}$/i.test(hex)) throw new TokenMistake(`${at}: what stands behind sha256: must be 64 hexadecimal digits`);
    return { name, scope, digest: Buffer.from(hex, 'hex') };
  }
  if (token.length < secretLengthMin) throw new TokenMistake(`${at}: a token has at least ${secretLengthMin} characters`);
  return { name, scope, digest: digestOf(token) };
}

/** How a line of the file has it. */
export function hashedToken(token: string): string {
  return `sha256:${digestOf(token).toString('hex')}`;
}

export class Tokens {
  #entries: readonly TokenEntry[];
  /** By the header that it came with: only of those that were right, so nobody fills it with others. */
  readonly #callers = new Map<string, Caller>();

  constructor(entries: readonly TokenEntry[]) {
    this.#entries = entries;
  }

  get count(): number {
    return this.#entries.length;
  }

  /** From now on only these count. */
  replace(entries: readonly TokenEntry[]): void {
    this.#entries = entries;
    this.#callers.clear();
  }

  /** @param header - of `Authorization`. @returns `undefined` if it has no token that counts */
  callerOf(header: string): Caller | undefined {
    const known = this.#callers.get(header);
    if (known !== undefined) return known;
    const token = bearerToken(header);
    const caller = token === undefined ? undefined : this.#lookUp(digestOf(token));
    if (caller === undefined) return undefined;
    if (this.#callers.size >= rememberedMax) this.#callers.clear();
    this.#callers.set(header, caller);
    return caller;
  }

  #lookUp(digest: Buffer): Caller | undefined {
    // All of them, whichever it is.
    const same = this.#entries.map((entry) => timingSafeEqual(entry.digest, digest));
    const found = this.#entries.filter((_entry, index) => same[index]);
    const [first] = found;
    return first === undefined ? undefined : { name: first.name, scopes: [...new Set(found.map(({ scope }) => scope))] };
  }
}

/** @returns `undefined` if the header is of another kind */
export function bearerToken(header: string): string | undefined {
  return /^bearer +([!-~]+) *$/i.exec(header)?.[1];
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}
