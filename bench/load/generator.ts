/** The process of a load generator. Its parent tells it what to do; it ends when the parent does. */

import { ClosedLoop } from './closed-loop.ts';
import type { LoadCommand, LoadReport } from './plan.ts';
import { protocols } from './protocols.ts';

let loop: ClosedLoop | undefined;

process.on('message', (command: LoadCommand) => {
  switch (command.kind) {
    case 'begin':
      loop = new ClosedLoop(command.plan, protocols[command.plan.target.kind]);
      loop
        .run(() => report({ kind: 'started' }))
        .then((result) => report({ kind: 'result', result }))
        .catch((error: unknown) => report({ kind: 'broken', why: error instanceof Error ? error.message : String(error) }));
      break;
    case 'measure':
      loop?.measure();
      break;
    case 'stop':
      loop?.stop();
      break;
    default:
      throw new Error(`unknown command ${JSON.stringify(command satisfies never)}`);
  }
});
process.on('disconnect', () => process.exit());
// Ctrl-C reaches every process of the terminal: the parent decides what happens.
process.on('SIGINT', () => undefined);

function report(what: LoadReport): void {
  process.send?.(what);
}
