/**
 * The certificates with which a node serves and proves who it is, and the authorities that it trusts: read from their
 * files, checked, and taken up again when the files change. Connections that are open go on as they began.
 */

import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';
import { WatchedFiles } from './watched-file.ts';

/** Use of a certificate as a client's (RFC 5280, section 4.2.1.12). */
const clientUse = '1.3.6.1.5.5.7.3.2';
const anyUse = '2.5.29.37.0';
const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

export const tlsVersionMin = 'TLSv1.2';

export interface TlsFiles {
  /** With which this node serves, and which it shows where it asks and is asked for one. */
  readonly own: { readonly certFile: string; readonly keyFile: string } | undefined;
  /** `undefined`: those of the system. */
  readonly caFile: string | undefined;
  /** Whether whoever asks needs a certificate, too. */
  readonly isMutual: boolean;
  /** With which the names of the settings begin; `TLS` without it. */
  readonly prefix?: string;
}

/** Something is wrong with the files. The message begins with the setting that names the file. */
export class TlsUnusable extends Error {
  override readonly name = 'TlsUnusable';
}

/** In PEM. */
interface Pem {
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly ca: string[] | undefined;
}

interface Read {
  readonly pem: Pem;
  readonly own: X509Certificate | undefined;
  /** For connections that this node opens. */
  readonly context: SecureContext;
  /** When the first of those ends by which others know this node, in milliseconds since 1970. */
  readonly endsAt: number | undefined;
}

export interface TlsTold {
  readonly renewed: (facts: { readonly endsAt: string | undefined }) => void;
  /** What was there stays. */
  readonly failed: (error: Error) => void;
}

export class TlsMaterial {
  readonly #watched: WatchedFiles<Read>;
  readonly #renewed: (() => void)[] = [];

  /** @throws TlsUnusable */
  constructor(files: TlsFiles, told: TlsTold, everyMs?: number) {
    const { own, caFile } = files;
    const paths = [own?.certFile, own?.keyFile, caFile].filter((path) => path !== undefined);
    try {
      this.#watched = new WatchedFiles({
        paths,
        parse: (texts) => read(files, texts),
        changed: ({ endsAt }) => {
          for (const renew of this.#renewed) renew();
          told.renewed({ endsAt: endsAt === undefined ? undefined : new Date(endsAt).toISOString() });
        },
        failed: (error) => told.failed(named(error, files)),
        ...(everyMs !== undefined && { everyMs }),
      });
    } catch (error) {
      throw named(error, files);
    }
  }

  /** For connections that this node opens. */
  get context(): SecureContext {
    return this.#watched.value.context;
  }

  /** Of this node; `undefined` if it has none. */
  get certificate(): X509Certificate | undefined {
    return this.#watched.value.own;
  }

  /** For the server. */
  get pem(): Pem {
    return this.#watched.value.pem;
  }

  /** When this node's certificate ends, or one of those that vouch for it; in milliseconds since 1970. */
  get endsAt(): number | undefined {
    return this.#watched.value.endsAt;
  }

  /** Calls it whenever something else was read. */
  onRenewed(renew: () => void): void {
    this.#renewed.push(renew);
  }

  stop(): void {
    this.#watched.stop();
  }
}

/** @throws TlsUnusable */
function read({ own, caFile, isMutual, prefix = 'TLS' }: TlsFiles, texts: readonly string[]): Read {
  const left = [...texts];
  const [cert, key] = own === undefined ? [] : [left.shift(), left.shift()];
  const authorities = caFile === undefined ? undefined : certificatesIn(left.shift() ?? '', `${prefix}_CA_FILE: ${caFile}`);
  const chain = own === undefined ? [] : certificatesIn(cert ?? '', `${prefix}_CERT_FILE: ${own.certFile}`);
  const [first] = chain;
  if (own !== undefined && !first?.checkPrivateKey(keyIn(key ?? '', `${prefix}_KEY_FILE: ${own.keyFile}`))) {
    throw new TlsUnusable(`${prefix}_KEY_FILE: ${own.keyFile} is not the key of the certificate in ${own.certFile}`);
  }
  // Other nodes, which ask for one, would refuse it.
  if (own !== undefined && isMutual && first?.keyUsage?.some((use) => use === clientUse || use === anyUse) === false) {
    throw new TlsUnusable(
      `${prefix}_CERT_FILE: ${own.certFile} may not be used as a client's (clientAuth), as TLS_CLIENT_AUTH wants of nodes`,
    );
  }
  const pem = { cert, key, ca: authorities?.map(String) };
  return { pem, own: first, context: contextOf(pem, `${prefix}_CERT_FILE`), endsAt: endOf(chain, authorities ?? []) };
}

function contextOf(pem: Pem, variable: string): SecureContext {
  try {
    return createSecureContext({ ...pem, minVersion: tlsVersionMin });
  } catch (cause) {
    // Like a key that is too small for what the system allows.
    throw new TlsUnusable(`${variable}: ${messageOf(cause)}`, { cause });
  }
}

function certificatesIn(text: string, where: string): X509Certificate[] {
  const blocks = text.match(pemCertificate) ?? [];
  if (blocks.length === 0) throw new TlsUnusable(`${where} has no certificate in PEM`);
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (cause) {
    throw new TlsUnusable(`${where} has a certificate that cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function keyIn(text: string, where: string): KeyObject {
  if (/^-----BEGIN ENCRYPTED|^Proc-Type:.*ENCRYPTED/m.test(text)) {
    throw new TlsUnusable(`${where} is encrypted; the key is needed without a passphrase`);
  }
  try {
    return createPrivateKey(text);
  } catch (cause) {
    throw new TlsUnusable(`${where} has no private key in PEM`, { cause });
  }
}

/** An authority that ends takes with it what it vouches for; others may stand beside it while one replaces the other. */
function endOf(chain: readonly X509Certificate[], authorities: readonly X509Certificate[]): number | undefined {
  const last = chain.at(-1);
  if (last === undefined) return undefined;
  const above = authorities.filter((each) => last.checkIssued(each) && last.verify(each.publicKey));
  const own = chain.map(({ validToDate }) => validToDate.getTime());
  return Math.min(...own, ...(above.length > 0 ? [Math.max(...above.map(({ validToDate }) => validToDate.getTime()))] : []));
}

/** With the settings that name the files. */
function named(error: unknown, { own, caFile, prefix = 'TLS' }: TlsFiles): TlsUnusable {
  if (error instanceof TlsUnusable) return error;
  const path = error instanceof Error && 'path' in error ? error.path : undefined;
  const found = Object.entries({ CERT_FILE: own?.certFile, KEY_FILE: own?.keyFile, CA_FILE: caFile });
  const variable = found.find(([, file]) => file === path)?.[0] ?? 'CERT_FILE';
  return new TlsUnusable(`${prefix}_${variable}: ${messageOf(error)}`, { cause: error });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
