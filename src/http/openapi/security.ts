/** What each route asks of who asks, for the OpenAPI document: made from the table by which the server goes. */

import { needs } from '../access/scopes.ts';
import type { Need, Route } from '../access/scopes.ts';

/** One of these has to be met; `{}` is met by everybody. */
type Security = readonly ({ readonly token: readonly string[] } | Record<string, never>)[];

export const securitySchemes = {
  token: {
    type: 'http',
    scheme: 'bearer',
    description:
      'A token of the node, where it has any (API_TOKENS, API_TOKENS_FILE); without them nobody needs one. The roles that a route names are scopes: `admin` includes the others, `append` does not include `read`. A route without one takes any token.',
  },
} as const;

export function securityOf(name: Route): Security {
  const need: Need = needs[name];
  switch (need) {
    case 'open':
      return [];
    case 'page':
      return [{}, { token: ['read'] }];
    case 'status':
    case 'metrics':
      return [{}, { token: [] }];
    case 'token':
      return [{ token: [] }];
    default:
      return [{ token: [need] }];
  }
}
