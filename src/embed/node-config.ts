/** Makes a node's configuration of the options, by the same parsers and checks as for a server. All mistakes are reported at once. */

import { ConfigError } from '../config/config.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { inFieldNames, optionFields, textOf } from './option-fields.ts';
import type { OwnField } from './option-fields.ts';
import type { NodeOptions } from './options.ts';

const ownFields: readonly string[] = ['thread', 'signals', 'logToStdout', 'maxPending'] satisfies OwnField[];

/** @throws ConfigError, in the words of the options */
export function configOf(options: NodeOptions): Config {
  const mistakes: string[] = [];
  const env: Record<string, string> = {};
  for (const [field, value] of Object.entries(options) as [string, unknown][]) {
    if (value === undefined) continue;
    if (ownFields.includes(field)) {
      const wrong = field === 'maxPending' ? wrongCount(value) : wrongSwitch(value);
      if (wrong !== undefined) mistakes.push(`${field}: ${wrong}`);
      continue;
    }
    if (!isField(field)) {
      mistakes.push(`there is no option "${field}"`);
      continue;
    }
    const text = textOf(field, value);
    // An empty list says what its default says, except that there are no nodes.
    const isWrong = text === undefined || ((value === '' || field === 'nodes') && text === '');
    if (isWrong) mistakes.push(`${field}: ${wrongType(value)}`);
    else env[optionFields[field]] = text;
  }
  if ((options as Partial<NodeOptions>).url === undefined)
    mistakes.push('url: is missing: the URL by which others reach this node, like http://10.0.0.1:7000');
  else addAddress(env, options.url);
  try {
    const config = loadConfig('node', { env, flags: {} });
    if (mistakes.length === 0) return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    mistakes.push(...error.mistakes.map(inFieldNames));
  }
  throw new ConfigError(mistakes);
}

function isField(field: string): field is keyof typeof optionFields {
  return Object.hasOwn(optionFields, field);
}

/** Where to listen, unless that is given: at the URL itself. A URL that is none is reported by its own parser. */
function addAddress(env: Record<string, string>, url: string): void {
  if (!URL.canParse(url)) return;
  const { hostname, port, protocol } = new URL(url);
  env['HOST'] ??= hostname;
  env['NODE_PORT'] ??= port === '' ? (protocol === 'https:' ? '443' : '80') : port;
}

function wrongSwitch(value: unknown): string | undefined {
  return typeof value === 'boolean' ? undefined : `true or false, not ${told(value)}`;
}

function wrongCount(value: unknown): string | undefined {
  const isCount = value === Infinity || (Number.isSafeInteger(value) && Number(value) >= 1);
  return isCount ? undefined : `a whole number from 1 on, or Infinity, not ${typeof value === 'number' ? value : told(value)}`;
}

function wrongType(value: unknown): string {
  if (Array.isArray(value) && value.length > 0) return 'a list of texts, none of them with a comma in it';
  return value === '' || Array.isArray(value) ? 'must not be empty' : `cannot be ${told(value)}`;
}

/** No value is quoted whose text could be a secret. */
function told(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return 'a text';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
