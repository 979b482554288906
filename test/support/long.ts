/** Tests that are slow and rarely fail run only with `npm run test:long`, which runs everything; `npm test` lists them as skipped. */

const isLong = process.env['LONG_TESTS'] === 'true';

/** Options of a test. */
export const onlyLong = isLong ? {} : { skip: 'npm run test:long' };
