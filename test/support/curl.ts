/** Runs the curl lines of the seeds (the descriptions of the exercise) with the real curl, on the ports of the test. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface CurlAnswer {
  readonly status: number;
  readonly body: string;
  readonly seconds: number;
}

/**
 * @param line - as it is in a seed: words, quotes, and backslashes before line breaks
 * @param ports - the seed's port -> the test's
 */
export async function curl(line: string, ports: Readonly<Record<string, number>>): Promise<CurlAnswer> {
  const [program, ...words] = split(line);
  if (program !== 'curl') throw new Error(`not a curl line: ${line}`);
  const moved = words.map((word) =>
    word.replace(/^(http:\/\/[^:/]+):(\d+)/, (_whole, host: string, port: string) => `${host}:${ports[port] ?? port}`),
  );
  const { stdout } = await run('curl', ['--silent', '--show-error', '--write-out', '\n%{http_code} %{time_total}', ...moved]);
  const end = stdout.lastIndexOf('\n');
  const [status = '', seconds = ''] = stdout.slice(end + 1).split(' ');
  return { status: Number(status), body: stdout.slice(0, end), seconds: Number(seconds) };
}

/** Splits a line into words as a shell does, without variables. */
function split(line: string): string[] {
  const words: string[] = [];
  const pattern = /'([^']*)'|"((?:[^"\\]|\\.)*)"|([^\s'"]+)/g;
  for (const [, single, double, bare] of line.replaceAll(/\\\n/g, ' ').matchAll(pattern)) {
    words.push(single ?? double?.replaceAll('\\"', '"') ?? bare ?? '');
  }
  return words;
}
