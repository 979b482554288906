/** The node that a command calls if no URL is given. */

import { portMax } from './values.ts';
import { defaultOf } from './options.ts';

/** The first of these that is set decides. */
const nodeUrlVariables = ['RLOG_URL', 'MASTER_PORT'] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** An invalid port is returned as it is, so that the command refuses it with the name of its variable. */
export function defaultUrl(env: Environment = process.env): string {
  const { RLOG_URL: url = '', MASTER_PORT: port = '' } = env;
  if (url !== '') return url;
  if (port === '') return `http://${defaultOf('HOST')}:${defaultOf('MASTER_PORT')}`;
  return /^\d{1,5}$/.test(port) && Number(port) <= portMax ? `http://${defaultOf('HOST')}:${port}` : port;
}

/** The variable from which this URL came, if any. */
export function variableOf(url: string, env: Environment = process.env): (typeof nodeUrlVariables)[number] | undefined {
  return nodeUrlVariables.find((name) => env[name] === url);
}
