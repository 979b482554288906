/** The dialect of seed 002's client: messages are objects with an id, which is the offset + 1. */

import { jsonType } from '../wire/content-types.ts';
import { nativeProblem } from '../wire/problem.ts';
import type { Dialect } from './list-format.ts';

export const objects: Dialect = {
  name: 'objects',
  appended: ({ offset, acks }) => ({ status: 201, body: { status: 'success', message_id: offset + 1, replicated_to: acks - 1 } }),
  messages: {
    contentType: jsonType,
    open: '{"messages":[',
    close: ']}\n',
    separator: ',',
    textOf: ({ timestamp }) => {
      const end = `,"timestamp":"${new Date(timestamp).toISOString()}"}`;
      return { before: (offset) => `{"id":${offset + 1},"message":`, after: () => end };
    },
  },
  ...nativeProblem,
};
