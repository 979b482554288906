/** The body of a request as bytes, and its media type. */

import { isUtf8 } from 'node:buffer';
import type { FastifyRequest } from 'fastify';
import { LogError } from '../../api/problems.ts';
import { withoutByteOrderMark } from './byte-order-mark.ts';
import { reject } from './values.ts';

/** Enough for every body that is not an append. */
export const smallJsonBytesMax = 64 * 1024;

/** @throws LogError */
export function bodyBytes(request: FastifyRequest): Buffer {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity')
    throw new LogError('unsupported-media-type', `Content-Encoding ${encoding} is not supported: send the body uncompressed`);
  if (!Buffer.isBuffer(request.body)) throw new LogError('bad-request', 'the request has no body');
  return withoutByteOrderMark(request.body);
}

/** The media type without parameters. @throws LogError if the charset is not UTF-8 */
export function mediaType(request: FastifyRequest): string {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';');
  for (const parameter of parameters) {
    const [name, value = ''] = parameter.trim().split('=');
    if (name === 'charset' && !['utf-8', 'utf8', '"utf-8"', 'us-ascii'].includes(value)) {
      throw new LogError('unsupported-media-type', `only UTF-8 is supported, not ${value}`);
    }
  }
  return type.trim();
}

/** For routes that take nothing else: what a form of another site can send is not JSON. @throws LogError */
export function needJson(request: FastifyRequest): void {
  if (mediaType(request) !== 'application/json')
    throw new LogError('unsupported-media-type', "this route takes JSON: send the header 'Content-Type: application/json'");
}

/** @throws LogError */
export function checkUtf8(body: Buffer): void {
  if (!isUtf8(body)) reject('the body is not UTF-8');
}

/** Parses a small JSON text in UTF-8. @throws LogError */
export function parseSmallJson(body: Buffer): unknown {
  if (body.length > smallJsonBytesMax) {
    const bytesMax = smallJsonBytesMax;
    throw new LogError('body-too-large', `the body of this route is limited to ${bytesMax} bytes`, { bytesMax });
  }
  checkUtf8(body);
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new LogError('bad-request', `the body is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {}, { cause });
  }
}
