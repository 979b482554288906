/** Headers of every answer, for the browser that may show it. The page has others on top of these. */

import type { ServerResponse } from 'node:http';

/**
 * Answers are not to be cached; a browser must not guess another content type, nor run or load anything if it shows one. They
 * are set on the bare response, so that answers past the framework have them. `Cross-Origin-Resource-Policy` is not among
 * them: the page of a node that is gone has to notice that another one answers.
 */
export function setAnswerHeaders(response: ServerResponse): void {
  response.setHeader('cache-control', 'no-store');
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
}
