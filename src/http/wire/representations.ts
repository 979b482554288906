/** The formats in which the log is served, and how an `Accept` header selects one. */

import type { IncomingHttpHeaders } from 'node:http';
import { preferred } from './accept.ts';
import type { Offer } from './accept.ts';
import { eventsType } from './content-types.ts';

/** Headers on which the answer depends. */
export const variesBy = 'accept, rlog-dialect';

const messages = [
  { name: 'json', types: ['application/json'], byWildcard: ['application/*', '*/*'] },
  { name: 'ndjson', types: ['application/x-ndjson', 'application/ndjson'], byWildcard: ['application/*', '*/*'] },
  { name: 'events', types: ['text/event-stream'], byWildcard: [] },
] as const satisfies readonly Offer<string>[];

/** The same at `/`, which also has the page. */
export const pageOrMessages = [
  ...messages,
  { name: 'page', types: ['text/html', 'application/xhtml+xml'], byWildcard: ['text/*'] },
] as const satisfies readonly Offer<string>[];

/** @returns `undefined` if none is acceptable */
export function messagesForm({ accept }: IncomingHttpHeaders): 'json' | 'ndjson' | 'events' | undefined {
  return preferred<'json' | 'ndjson' | 'events'>(accept, messages);
}

export function asksForPage({ accept }: IncomingHttpHeaders): boolean {
  return preferred<(typeof pageOrMessages)[number]['name']>(accept, pageOrMessages) === 'page';
}

/** The client wants an event stream, perhaps with an `EventSource`, which any other answer closes for good. */
export function asksForEvents({ accept }: IncomingHttpHeaders): boolean {
  return messagesForm({ accept }) === 'events';
}

/** Headers of every event stream: no proxy may cache it, or hold it back to compress it. */
export const eventHeaders = {
  'content-type': eventsType,
  'cache-control': 'no-store, no-transform',
  vary: variesBy,
  'x-accel-buffering': 'no',
} as const;
