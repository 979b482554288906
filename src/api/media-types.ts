/** Media types of bodies, without parameters. */

export const jsonMediaType = 'application/json';
/** One JSON value per line. */
export const ndjsonMediaType = 'application/x-ndjson';
/** Of appends that a node forwards in one request. */
export const togetherMediaType = 'application/vnd.rlog.appends';
export const eventsMediaType = 'text/event-stream';
export const problemMediaType = 'application/problem+json';
