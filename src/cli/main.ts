/** `rlog`. Keeps what it compiled, so that the next start is quicker, and runs the program. */

import { enableCompileCache } from 'node:module';

enableCompileCache();
const { run } = await import('./program.ts');
await run(process.argv);
