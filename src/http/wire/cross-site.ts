/**
 * Refuses requests that a page of another site makes a browser send. There may be no tokens, and then whoever visits
 * such a page would append to the log, or remove a member. There are two ways to do that:
 *
 * - The page calls this node by its address. The browser then sends the site of the page (`Origin`) and, if it
 *   considers the node trustworthy, how the two sites are related (`Sec-Fetch-Site`).
 * - The page's own name is made to resolve to this node (DNS rebinding). Everything then seems to be one site, but the
 *   name in `Host` is not one of ours.
 *
 * Programs send none of this, and may use any name that leads here.
 */

import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { LogError } from '../../api/problems.ts';

export interface HostNames {
  /** `ALLOWED_HOSTS`: names by which browsers may call this node, or a proxy in front of it. */
  readonly allowed: readonly string[];
  /** `CORS_ORIGINS`: origins of pages that may use the API. */
  readonly origins: readonly string[];
  /** Clients show tokens, which a page under a name of its own does not know: then any name may be used. */
  readonly isAnyServed: boolean;
  /** Names of this node and of those that it knows. */
  readonly known: () => readonly string[];
}

interface SiteRequest {
  readonly method?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** @throws LogError */
export function checkSite({ method, headers }: SiteRequest, names: HostNames): void {
  if (!isFromBrowser(method, headers)) return;
  const asked = headers.host === undefined ? undefined : urlOf(`http://${headers.host}`);
  if (!names.isAnyServed && headers.host !== undefined && !isOurs(asked?.hostname, names)) {
    const detail = `"${headers.host}" is not a name of this node; ALLOWED_HOSTS lists the names that browsers may use`;
    throw new LogError('foreign-host', detail, { host: headers.host });
  }
  const { origin } = headers;
  if (origin !== undefined && !names.origins.includes(origin) && !isOwnOrigin(origin, headers.host, names)) refuse(`a page of ${origin}`);
  const site = headers['sec-fetch-site'];
  if ((site === 'cross-site' || site === 'same-site') && origin === undefined && !isLink(method, headers)) refuse('a page of another site');
}

/** `Sec-Fetch-Mode` and some others do not count: `fetch` in Node sends them too. */
function isFromBrowser(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) return true;
  return isBrowserName(headers['user-agent'] ?? '') || readsLikeBrowser(method, headers);
}

/**
 * After DNS rebinding a page that reads sends no site, and in some browsers it calls itself what it likes (`User-Agent`). It may
 * choose the languages, too, but has some; and what `fetch` in Node sends beside them a page cannot set. With a request that
 * writes, every browser sends `Origin`.
 */
function readsLikeBrowser(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  return isReading(method) && headers['accept-language'] !== undefined && headers['sec-fetch-mode'] === undefined;
}

/** As browsers call themselves, unless a page says otherwise. */
export function isBrowserName(userAgent: string): boolean {
  return userAgent.startsWith('Mozilla/');
}

/** An address, a name without a dot (nobody can register one), or a known name. */
function isOurs(name: string | undefined, { allowed, known }: HostNames): boolean {
  if (name === undefined) return false;
  if (isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || !name.includes('.') || name.endsWith('.localhost')) return true;
  return allowed.includes(name) || known().includes(name);
}

/** The scheme does not matter, since a proxy in front of this node may use TLS. */
function isOwnOrigin(origin: string, host: string | undefined, { allowed }: HostNames): boolean {
  const from = urlOf(origin);
  if (from === undefined || host === undefined) return false;
  return from.host === urlOf(`${from.protocol}//${host}`)?.host || allowed.includes(from.hostname);
}

/** A visitor followed a link and sees the answer; the page that had the link does not. */
function isLink(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  return isReading(method) && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}

function isReading(method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD';
}

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function refuse(who: string): never {
  throw new LogError('cross-site', `${who} may neither read nor write here`);
}
