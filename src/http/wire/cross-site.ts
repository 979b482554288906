/**
 * Requests that a page of another site makes a browser send. Nothing here asks who somebody is, so whoever looked at such
 * a page would have written, or taken a member out. There are two ways to it:
 *
 * - The page asks this node by its address. The browser then says of which site the page is (`Origin`), and, where the
 *   node counts as a trustworthy place, how the two are related (`Sec-Fetch-Site`).
 * - The page's own name was made to lead here (DNS rebinding). All seems to be one site then, and the name that was asked
 *   for (`Host`) is none of ours.
 *
 * Programs say none of this, and may ask by any name that leads here.
 */

import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { LogError } from '../../api/problems.ts';

export interface HostNames {
  /** Under which an operator lets browsers come, to this node or to what stands in front of it: `ALLOWED_HOSTS`. */
  readonly allowed: readonly string[];
  /** Of this node, and of those that it knows. */
  readonly known: () => readonly string[];
}

interface SiteRequest {
  readonly method?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** @throws LogError */
export function checkSite({ method, headers }: SiteRequest, names: HostNames): void {
  if (!isFromBrowser(headers)) return;
  const asked = headers.host === undefined ? undefined : urlOf(`http://${headers.host}`);
  if (headers.host !== undefined && !isOurs(asked?.hostname, names)) {
    const detail = `"${headers.host}" is not a name of this node; ALLOWED_HOSTS lists the names that browsers may use`;
    throw new LogError('foreign-host', detail, { host: headers.host });
  }
  const { origin } = headers;
  if (origin !== undefined && !isOwnOrigin(origin, headers.host, names)) refuse(`a page of ${origin}`);
  const site = headers['sec-fetch-site'];
  if ((site === 'cross-site' || site === 'same-site') && origin === undefined && !isLink(method, headers)) refuse('a page of another site');
}

/** Sec-Fetch-Mode and others are sent by `fetch` in Node, too. */
function isFromBrowser(headers: IncomingHttpHeaders): boolean {
  return headers.origin !== undefined || headers['sec-fetch-site'] !== undefined || isBrowserName(headers['user-agent'] ?? '');
}

/** To a name that was made to lead here a browser says nothing else when it reads. */
export function isBrowserName(userAgent: string): boolean {
  return userAgent.startsWith('Mozilla/');
}

/** An address, a name that nobody can buy (it has no dot), or one that is known. */
function isOurs(name: string | undefined, { allowed, known }: HostNames): boolean {
  if (name === undefined) return false;
  if (isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || !name.includes('.') || name.endsWith('.localhost')) return true;
  return allowed.includes(name) || known().includes(name);
}

/** Whatever the scheme: what stands in front of this node may speak TLS. */
function isOwnOrigin(origin: string, host: string | undefined, { allowed }: HostNames): boolean {
  const from = urlOf(origin);
  if (from === undefined || host === undefined) return false;
  return from.host === urlOf(`${from.protocol}//${host}`)?.host || allowed.includes(from.hostname);
}

/** Somebody followed a link to what is here, and looks at it: the page that had the link does not. */
function isLink(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  return (method === 'GET' || method === 'HEAD') && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function refuse(who: string): never {
  throw new LogError('cross-site', `${who} may neither read nor write here`);
}
