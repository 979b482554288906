/**
 * Lets pages of the origins in `CORS_ORIGINS` use the API from a browser (https://fetch.spec.whatwg.org/#http-cors-protocol).
 * Cookies are not allowed, since there are none: a token travels in `Authorization`. Answers depend on the origin, but
 * without `Vary`, since none of them may be cached.
 */

import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import {
  clusterHeader,
  dialectHeader,
  firstOffsetHeader,
  heartbeatHeader,
  idempotencyKeyHeader,
  lastEventIdHeader,
  traceparentHeader,
  tracestateHeader,
} from '../../api/headers.ts';

const methods = 'GET, HEAD, POST, PUT, DELETE';
const requestHeaders = [
  'authorization',
  'content-type',
  dialectHeader,
  idempotencyKeyHeader,
  lastEventIdHeader,
  traceparentHeader,
  tracestateHeader,
].join(', ');
const answerHeaders = ['allow', 'location', 'retry-after', 'www-authenticate', clusterHeader, firstOffsetHeader, heartbeatHeader].join(
  ', ',
);
/** How long a browser need not ask again, in seconds. */
const preflightAge = '600';

interface CorsRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Adds the headers that let the page read the answer, whatever it will be.
 * @param origins - those that are allowed
 * @returns whether the request is a preflight, to be answered with 204 and these headers
 */
export function allowOrigin({ method, headers }: CorsRequest, response: ServerResponse, origins: readonly string[]): boolean {
  const { origin } = headers;
  if (origin === undefined || !origins.includes(origin)) return false;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-expose-headers', answerHeaders);
  if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return false;
  response.setHeader('access-control-allow-methods', methods);
  response.setHeader('access-control-allow-headers', requestHeaders);
  response.setHeader('access-control-max-age', preflightAge);
  return true;
}
