/** Whom commands trust where they ask over TLS, and what they show to nodes that want a certificate (`TLS_CLIENT_AUTH`). */

import type { Trust } from '../io/outer-request.ts';
import { TlsMaterial, TlsUnusable } from '../trust/tls-material.ts';
import type { TlsFiles } from '../trust/tls-material.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';

type Environment = Readonly<Record<string, string | undefined>>;

let known: { readonly trust: Trust | undefined } | undefined;

/**
 * From `RLOG_CA_FILE`, `RLOG_CERT_FILE` and `RLOG_KEY_FILE`; read again when they change, as a command may run for weeks.
 * @returns `undefined` if the authorities of the system are trusted, and nothing is shown
 * @throws CliError
 */
export function commandTrust(): Trust | undefined {
  known ??= { trust: trustIn(process.env) };
  return known.trust;
}

/** @throws CliError */
function trustIn({
  RLOG_CA_FILE: caFile = '',
  RLOG_CERT_FILE: certFile = '',
  RLOG_KEY_FILE: keyFile = '',
}: Environment): Trust | undefined {
  if ((certFile === '') !== (keyFile === '')) throw new CliError('RLOG_CERT_FILE and RLOG_KEY_FILE: one needs the other', exitCodes.usage);
  if (caFile === '' && certFile === '') return undefined;
  const own = certFile === '' ? undefined : { certFile, keyFile };
  return trustOf({ own, caFile: caFile === '' ? undefined : caFile, isMutual: false, prefix: 'RLOG' });
}

/** @throws CliError */
export function trustOf(files: TlsFiles): Trust {
  try {
    const material = new TlsMaterial(files, {
      renewed: () => undefined,
      failed: ({ message }) => void process.stderr.write(`rlog: ${message}; what was read before stays\n`),
    });
    return () => material.context;
  } catch (error) {
    if (!(error instanceof TlsUnusable)) throw error;
    throw new CliError(error.message, exitCodes.usage, { cause: error });
  }
}
