/** Which node the commands ask that are not told one. */

/** The first of these that is set says it. */
export const nodeUrlVariables = ['RLOG_URL', 'MASTER_PORT'] as const;

/** What cannot be a port stays as it is, to be refused with its variable's name by whoever asks the node. */
export function defaultUrl(env: Readonly<Record<string, string | undefined>>): string {
  const { RLOG_URL: url = '', MASTER_PORT: port = '' } = env;
  if (url !== '') return url;
  if (port === '') return 'http://127.0.0.1:5000';
  return /^\d{1,5}$/.test(port) && Number(port) <= 65_535 ? `http://127.0.0.1:${port}` : port;
}
