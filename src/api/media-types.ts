/** Media types of bodies, without parameters. */

export const jsonMediaType = 'application/json';
/** One JSON value per line. */
export const ndjsonMediaType = 'application/x-ndjson';
export const eventsMediaType = 'text/event-stream';
export const problemMediaType = 'application/problem+json';
