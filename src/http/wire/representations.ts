/** The forms in which the log is given out, by what an `Accept` header calls them. */

import type { IncomingHttpHeaders } from 'node:http';
import { preferred } from './accept.ts';
import type { Offer } from './accept.ts';
import { eventsType } from './content-types.ts';

/** What tells representations of one URL apart. */
export const variesBy = 'accept, rlog-dialect';

const messages = [
  { name: 'json', types: ['application/json'], byWildcard: ['application/*', '*/*'] },
  { name: 'ndjson', types: ['application/x-ndjson', 'application/ndjson'], byWildcard: ['application/*', '*/*'] },
  { name: 'events', types: ['text/event-stream'], byWildcard: [] },
] as const satisfies readonly Offer<string>[];

/** At `/`. */
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

/** Whether it is somebody who follows, as an `EventSource` does: what is no event stream ends it for good. */
export function asksForEvents({ accept }: IncomingHttpHeaders): boolean {
  return messagesForm({ accept }) === 'events';
}

/** Beside what is its own, what every event stream says: nobody on its way may keep it, or hold it back to compress it. */
export const eventHeaders = {
  'content-type': eventsType,
  'cache-control': 'no-store, no-transform',
  vary: variesBy,
  'x-accel-buffering': 'no',
} as const;
