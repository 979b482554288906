/** The dialect of seed 001: everything in `{status_code, message, data}`. */

import { jsonType } from '../wire/content-types.ts';
import type { Dialect } from './list-format.ts';
import type { Problem } from '../wire/problem.ts';

export const envelope: Dialect = {
  name: 'envelope',
  appended: () => ({ status: 200, body: { status_code: 200, message: 'Message added successfully', data: null } }),
  messages: {
    contentType: jsonType,
    open: '{"status_code":200,"message":"Messages fetched successfully","data":[',
    close: ']}\n',
    separator: ',',
    textOf: () => ({ before: () => '{"text":', after: () => '}' }),
  },
  problem: ({ status, detail, code, outcome, ...facts }) => ({
    contentType: jsonType,
    body: { status_code: status, message: detail + missing(detail, facts['waitingFor'], outcome), data: null, code, outcome },
  }),
};

/** The envelope has no field for facts, so the message names the nodes that the append waited for. */
function missing(detail: string, waitingFor: unknown, outcome: Problem['outcome']): string {
  const names = Array.isArray(waitingFor) ? waitingFor.map(String).filter((name) => !detail.includes(name)) : [];
  if (names.length === 0) return '';
  return `; ${outcome === 'unknown' ? 'it is missing on' : 'missing are'} ${names.join(', ')}`;
}
