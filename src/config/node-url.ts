/** Which node the commands ask that are not told one. */

import { portMax } from './values.ts';
import { defaultOf } from './options.ts';

/** The first of these that is set says it. */
const nodeUrlVariables = ['RLOG_URL', 'MASTER_PORT'] as const;

/** As many nodes as `npm start` runs, on ports that follow each other. */
const localNodeCount = 3;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * One URL, or several with commas between them, of which the first that answers is meant. What cannot be a port stays as it
 * is, to be refused with its variable's name by whoever asks the node.
 */
export function defaultUrl(env: Environment = process.env): string {
  const { RLOG_URL: url = '', MASTER_PORT: port = '' } = env;
  if (url !== '') return url;
  if (port === '') return Array.from({ length: localNodeCount }, (_unused, n) => localUrl(defaultOf('MASTER_PORT') + n)).join(',');
  return /^\d{1,5}$/.test(port) && Number(port) <= portMax ? localUrl(port) : port;
}

function localUrl(port: number | string): string {
  return `http://${defaultOf('HOST')}:${port}`;
}

/** The variable that such a URL came from, if it did. */
export function variableOf(url: string, env: Environment = process.env): (typeof nodeUrlVariables)[number] | undefined {
  return nodeUrlVariables.find((name) => env[name] === url);
}
