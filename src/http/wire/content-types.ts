/** Values of `Content-Type`. All text is UTF-8. */

import { eventsMediaType, jsonMediaType, ndjsonMediaType, problemMediaType } from '../../api/media-types.ts';

/** Of bodies that have messages. */
export const messagesTypes = [jsonMediaType, ndjsonMediaType, 'text/plain'] as const;

const inUtf8 = '; charset=utf-8';

export const jsonType = `${jsonMediaType}${inUtf8}`;
export const eventsType = `${eventsMediaType}${inUtf8}`;
export const ndjsonType = `${ndjsonMediaType}${inUtf8}`;
export const problemType = `${problemMediaType}${inUtf8}`;
