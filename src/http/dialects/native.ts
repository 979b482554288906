/** This project's own dialect, and that of seed 004. */

import { nativeProblem } from '../wire/problem.ts';
import { valueList } from './list-format.ts';
import type { Dialect } from './list-format.ts';

export const native: Dialect = {
  name: 'native',
  appended: ({ offset, entryCount, isMany, w, acks, epoch, places }) => ({
    status: 201,
    body: isMany ? { offset, count: entryCount, ...places, w, acks, epoch } : { offset, w, acks, epoch },
  }),
  messages: valueList,
  ...nativeProblem,
};
