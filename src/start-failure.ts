/** Why a node did not start, or cannot go on, in words for whoever operates it. */

import { ConfigError } from './config/config.ts';
import type { Config } from './config/config.ts';
import { portVariables } from './config/load.ts';
import { shortageOf } from './io/shortage.ts';
import { TlsUnusable } from './trust/tls-material.ts';

/** Errors that an operator can fix; their messages are written for people. */
const expectedFailures: ReadonlySet<string> = new Set([
  'FolderInUse',
  'StorageDamaged',
  'OtherNodesFolder',
  'RestoredFolder',
  'UnknownFormat',
  'NoRoom',
]);

/** Found only when listening: the name may lead to another machine, or nowhere. */
function isWrongHost(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN';
}

/** @returns `undefined` for what nobody expects: a mistake of the program */
export function operatorMessage(error: unknown, config: Config): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof TlsUnusable || error instanceof ConfigError) return error.message;
  if (expectedFailures.has(error.name)) return config.dataDir === undefined ? error.message : `${error.message} [folder ${config.dataDir}]`;
  const code = 'code' in error ? error.code : undefined;
  const portVariable = portVariables[config.kind];
  // It may be the port for other nodes.
  const port = 'port' in error && typeof error.port === 'number' ? error.port : config.port;
  if (code === 'EADDRINUSE') return `port ${port} on ${config.host} is in use`;
  if (isWrongHost(error))
    return `HOST: this machine has no address "${config.host}"; HOST is the address to listen on, 127.0.0.1 by default`;
  if (code === 'EACCES' && 'syscall' in error && error.syscall === 'listen') {
    return `${portVariable}: this user may not listen on port ${config.port} of ${config.host}`;
  }
  const isOperators = code === 'EACCES' || code === 'EROFS' || code === 'ENOTDIR' || shortageOf(error) !== undefined;
  if (isOperators) return error.message;
  return undefined;
}

/** Found only where it is used: a certificate that cannot be read, a host that is not here. */
export function isWrongSetting(error: unknown): boolean {
  return isWrongHost(error) || error instanceof TlsUnusable || error instanceof ConfigError;
}
