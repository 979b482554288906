/**
 * Parsers from the text of a setting to its value. Each takes texts of users and defaults of the table alike, and
 * throws `InvalidValue`, which says what the text should have been.
 */

import { isIP } from 'node:net';
import { isNodeName } from '../core/model/names.ts';
import { isWriteConcern } from '../core/model/write-concern.ts';
import type { WriteConcern } from '../api/entries.ts';
import { secretLengthMin } from '../trust/cluster-secrets.ts';
import type { GivenToken } from './config.ts';
import { isWildcard, nodeUrlIn, urlOfHost } from './addresses.ts';

/** An invalid text. The message follows the variable's name. */
export class InvalidValue extends Error {}

/** The same for a text that a message must not quote. */
export class InvalidSecret extends InvalidValue {}

export const portMax = 65_535;

export function port(text: string, max = portMax): number {
  const value = Number(text);
  if (/^\w+:\/\//.test(text)) {
    throw new InvalidValue(
      `a port from 1 to ${max} (Kubernetes sets such a variable for a Service: enableServiceLinks: false prevents it)`,
    );
  }
  if (!/^\d+$/.test(text) || value < 1 || value > max) throw new InvalidValue(`a port from 1 to ${max}`);
  return value;
}

/** May be empty. */
export function anyText(text: string): string {
  return text;
}

export function nonEmpty(text: string): string {
  if (text.trim() !== text || text === '') throw new InvalidValue('text without spaces around it');
  return text;
}

export function nodeName(text: string): string {
  if (!isNodeName(text)) throw new InvalidValue('a name of letters, digits, ".", "_" and "-", at most 63 of them');
  return text;
}

/** An address to listen on: IPv6 without brackets. */
export function listenHost(text: string): string {
  if (urlOfHost(text, 80) === undefined) throw new InvalidValue('an address or a host name of this machine, without scheme and port');
  return text.replace(/^\[(.*)\]$/, '$1');
}

export function advertisedHost(text: string): string {
  if (urlOfHost(text, 80) === undefined) throw new InvalidValue('a host name or an address, without scheme and port');
  if (isWildcard(text)) throw new InvalidValue('a host name or an address that leads to this node from the others');
  return text;
}

function url(text: string): string {
  const known = nodeUrlIn(text);
  if (known === undefined) throw new InvalidValue('a URL like http://host:5001, without path, user and password');
  return known;
}

/** URLs at which a node registers itself, in turn; empty for `none`. */
export function masterUrls(text: string): string[] {
  return text === 'none' ? [] : text.split(',').map((part) => url(part.trim()));
}

/** A URL by which all others reach a node. */
export function memberUrl(text: string): string {
  const known = url(text);
  if (isWildcard(new URL(known).hostname)) throw new InvalidValue('a URL that leads to the node from the others, like http://host:5001');
  return known;
}

export function hostList(text: string): string[] {
  return partsOf(text)
    .map((part) => part.toLowerCase())
    .map((part) => {
      if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(part)) throw new InvalidValue('host names like log.example.com, without scheme and port');
      return part;
    });
}

export function urls(text: string): string[] {
  return partsOf(text).map(memberUrl);
}

/** Pairs of URLs, as a table from the first to the second. */
export function urlPairs(text: string): Readonly<Record<string, string>> {
  const pairs = partsOf(text);
  return Object.fromEntries(
    pairs.map((pair) => {
      const [from, to, ...rest] = pair.split('=').map((part) => nodeUrlIn(part.trim()));
      if (from === undefined || to === undefined || rest.length > 0) {
        throw new InvalidValue('pairs of URLs like http://host:5001=http://proxy:6001');
      }
      return [from, to];
    }),
  );
}

/** @returns milliseconds. @throws InvalidValue */
export function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value > 3600) throw new InvalidValue('seconds from 0 to 3600, like 2.0');
  return Math.round(value * 1000);
}

export function milliseconds(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 86_400_000) throw new InvalidValue('whole milliseconds, at least 1');
  return value;
}

export function priority(text: string): number {
  if (/^[0-9]$/.test(text)) return Number(text);
  throw new InvalidValue('a digit from 0 to 9');
}

export function count(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value)) throw new InvalidValue('a whole number, at least 1');
  return value;
}

const byteUnits: Readonly<Record<string, number>> = { '': 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 };

function sizeIn(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d+)(KiB|MiB|GiB|TiB)?$/.exec(text) ?? [];
  return digits === '' ? undefined : Number(digits) * (byteUnits[unit] ?? 1);
}

/** A size of something that is in memory as a whole. */
export function bytes(text: string): number {
  const value = sizeIn(text);
  if (value === undefined || value < 1024 || value > 1024 ** 3) throw new InvalidValue('a size from 1KiB to 1GiB, like 64MiB or 65536');
  return value;
}

/** A size on disk. */
export function diskBytes(text: string): number {
  const value = sizeIn(text);
  const isSize = value !== undefined && value >= 1024 && value <= 1024 ** 5;
  if (!isSize) throw new InvalidValue('a size from 1KiB to 1024TiB, like 2GiB or 500MiB');
  return value;
}

const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export function duration(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  const value = Number(digits) * (durationUnits[unit] ?? Number.NaN);
  if (digits === '' || !Number.isSafeInteger(value)) throw new InvalidValue('a duration like 7d, 24h, 30m or 90s');
  return value;
}

/** A duration that is not zero. */
export function age(text: string): number {
  const value = duration(text);
  if (value === 0) throw new InvalidValue('a duration like 7d or 12h, not zero');
  return value;
}

export function boolean(text: string): boolean {
  if (['true', '1', 'yes'].includes(text)) return true;
  if (['false', '0', 'no'].includes(text)) return false;
  throw new InvalidValue('true or false');
}

export function writeConcern(text: string): WriteConcern {
  const value = /^\d+$/.test(text) ? Number(text) : text;
  if (!isWriteConcern(value)) throw new InvalidValue('a positive number, majority or all');
  return value;
}

export function oneOf<const Choice extends string>(...choices: readonly Choice[]): (text: string) => Choice {
  return (text) => {
    const chosen = choices.find((choice) => choice === text);
    if (chosen === undefined) throw new InvalidValue(`one of ${choices.join(', ')}`);
    return chosen;
  };
}

export function originList(text: string): string[] {
  return partsOf(text).map((part) => {
    const parsed = URL.canParse(part) ? new URL(part) : undefined;
    if (parsed?.origin !== part.toLowerCase()) throw new InvalidValue('origins like https://app.example.com, without a path');
    return parsed.origin;
  });
}

/** No message quotes the text: it holds tokens. */
export function tokenList(text: string): GivenToken[] {
  return partsOf(text).map((part) => {
    const [, scope, token = ''] = /^(read|append|admin):([\x21-\x2b\x2d-\x7e]+)$/.exec(part) ?? [];
    if (scope === undefined || token.length < secretLengthMin) {
      throw new InvalidSecret(`scope:token, with a scope of read, append or admin and a token of at least ${secretLengthMin} characters`);
    }
    return { scope: scope as GivenToken['scope'], token };
  });
}

/** No message quotes the text. */
export function secretList(text: string): string[] {
  const secrets = partsOf(text);
  if (secrets.length > 2 || secrets.some((secret) => secret.length < secretLengthMin)) {
    throw new InvalidSecret(`one secret, or two while it is replaced, each of at least ${secretLengthMin} characters and without a comma`);
  }
  return secrets;
}

export function networkList(text: string): string[] {
  return partsOf(text).map((part) => {
    const [address = '', bits = '', ...rest] = part.split('/');
    const family = isIP(address);
    const isRight = family !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
    if (!isRight) throw new InvalidValue('networks like 10.0.0.0/8 or fd00::/8');
    return part;
  });
}

function partsOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
