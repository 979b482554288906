/** Seed 001: everything in `{status_code, message, data}`. */

import { jsonType } from './dialect.ts';
import type { Dialect } from './dialect.ts';

export const envelope: Dialect = {
  name: 'envelope',
  appended: () => ({ status: 200, body: { status_code: 200, message: 'Message added successfully', data: null } }),
  messages: {
    contentType: jsonType,
    open: '{"status_code":200,"message":"Messages fetched successfully","data":[',
    close: ']}',
    separator: ',',
    textOf: () => ({ before: () => '{"text":', after: () => '}' }),
  },
  problem: ({ status, detail, code, outcome }) => ({
    contentType: jsonType,
    body: { status_code: status, message: detail, data: null, code, outcome },
  }),
};
