/** The commands of the homework's test client: their arguments and their help. */

import { Argument } from 'commander';
import type { Command } from 'commander';
import { urlArgument, withToken, withUrl } from './node-options.ts';

const demoUrls = ['http://127.0.0.1:5000', 'http://127.0.0.1:5001', 'http://127.0.0.1:5002'];

export function addHomeworkCommands(rlog: Command): void {
  withToken(rlog.command('demo'))
    .description('show blocking replication on three running nodes')
    .addArgument(new Argument('[urls...]', 'the nodes, the master first').default(demoUrls, demoUrls.join(', ')))
    .action(async (urls: string[]) => {
      const { demo } = await import('./demo.ts');
      await demo(urls);
    });

  withUrl(rlog.command('post'))
    .description('append one message, and say how long it took')
    .argument('<message>')
    .action(async (message: string, given: { url: string }) => {
      const { post } = await import('./post.ts');
      await post(message, given);
    });

  withToken(rlog.command('get'))
    .description('print the messages of a node')
    .addArgument(urlArgument())
    .option('--json', 'print them as JSON')
    .action(async (url: string, given: { json?: boolean }) => {
      const { get } = await import('./get.ts');
      await get(url, given);
    });
}
