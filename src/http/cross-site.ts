/**
 * Writes that a page of another site makes a browser send, with a form or as plain text. Nothing here asks who somebody
 * is, so whoever looked at such a page would have written. Programs do not send this header, and browsers always do.
 */

import type { FastifyRequest } from 'fastify';
import { LogError } from '../problems.ts';

/** @throws LogError */
export function checkSite({ method, headers }: FastifyRequest): void {
  if (method === 'GET' || method === 'HEAD' || headers['sec-fetch-site'] !== 'cross-site') return;
  throw new LogError('cross-site', 'a page of another site may not write here');
}
