/** The web page: its document at `/`, for browsers, and the files that it names. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { assetsPath } from '../../api/paths.ts';
import { LogError } from '../../api/problems.ts';
import type { Encoding, Page, PageFile } from './page.ts';

/**
 * The page loads its own files only. It may call its own server, and those of the other nodes, to which it may move when it
 * no longer hears this one. Nothing in it is made of HTML text, so a message can never become markup.
 */
export function pagePolicy(others: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    ['connect-src', "'self'", ...others.flatMap(policySource)].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

/** No other page may frame it or embed its files, and it asks for no device. */
const pageHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
} as const;

export function assetRoutes(app: FastifyInstance, page: Page): void {
  app.get<{ Params: { name: string } }>(`${assetsPath}/:name`, async (request, reply) => {
    const file = await page.asset(request.params.name);
    if (file === undefined) throw new LogError('not-found', `the page has no file "${request.params.name}"`);
    // The build puts a hash of the content into each file name.
    void reply.header('cache-control', 'public, max-age=31536000, immutable').header('vary', 'accept-encoding');
    return send(file, request, reply);
  });
}

/** @param others - URLs of the nodes to whose pages this one may move */
export async function sendPage(
  { page, others = [] }: { readonly page: Page; readonly others?: readonly string[] },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const index = await page.index();
  void reply
    .header('cache-control', 'no-cache')
    .header('vary', 'accept, accept-encoding')
    .header('content-security-policy', pagePolicy(others));
  return send(index, request, reply);
}

/** A policy cannot name an IPv6 address, and there is no moving to something that is not a URL. */
function policySource(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const { origin, hostname, protocol } = new URL(url);
  return /^https?:$/.test(protocol) && /^[\w.-]+$/.test(hostname) ? [origin] : [];
}

async function send(file: PageFile, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const encoding = acceptedEncoding(request.headers['accept-encoding']);
  if (encoding !== 'identity') void reply.header('content-encoding', encoding);
  void reply.headers(pageHeaders).header('content-type', file.type);
  return reply.send(await file.as(encoding));
}

function acceptedEncoding(accepted: string | string[] | undefined): Encoding {
  const named = String(accepted ?? '')
    .split(',')
    .filter((part) => !/;\s*q=0(\.0*)?\s*$/.test(part))
    .map((part) => part.split(';')[0]?.trim());
  return named.includes('br') ? 'br' : named.includes('gzip') ? 'gzip' : 'identity';
}
