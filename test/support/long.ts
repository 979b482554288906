/** What is slow, and rarely breaks, is left to `npm run test:long`, which runs everything; `npm test` says that it skips it. */

const isLong = process.env['LONG_TESTS'] === 'true';

/** Options of a test. */
export const onlyLong = isLong ? {} : { skip: 'npm run test:long' };
