/** TLS as one node has it: the certificates behind its settings, and what its log says of them. */

import { isIP } from 'node:net';
import type { SecureContext } from 'node:tls';
import { saidOnce } from './said-once.ts';
import { TlsMaterial } from './tls-material.ts';
import type { TlsFiles } from './tls-material.ts';

/** The last time to renew a certificate by hand. */
const soonMs = 14 * 24 * 3600 * 1000;

interface Log {
  info(facts: object, event: string): void;
  warn(facts: object, event: string): void;
  error(facts: object, event: string): void;
}

export interface NodeTlsSettings {
  readonly tls: TlsFiles;
  /** By which others know this node. */
  readonly url: string;
  readonly acceptsInsecure: boolean;
}

export interface HandshakeFailure {
  readonly address: string | undefined;
  readonly code: string;
  readonly reason: string;
}

export class NodeTls {
  readonly #material: TlsMaterial;
  readonly isMutual: boolean;
  readonly acceptsInsecure: boolean;
  /** Somebody who came did not get through the handshake, and may try again and again. */
  readonly refused: (failure: HandshakeFailure) => void;

  private constructor(parts: {
    readonly material: TlsMaterial;
    readonly log: Log;
    readonly isMutual: boolean;
    readonly acceptsInsecure: boolean;
  }) {
    this.#material = parts.material;
    const { log } = parts;
    this.refused = saidOnce(
      ({ address, code }) => `${String(address)} ${code}`,
      (failure) => log.warn(failure, 'tls.refused'),
    );
    this.isMutual = parts.isMutual;
    this.acceptsInsecure = parts.acceptsInsecure;
  }

  /**
   * @returns `undefined` if the settings name no files
   * @throws TlsUnusable
   */
  static open({ tls: files, url, acceptsInsecure }: NodeTlsSettings, log: Log): NodeTls | undefined {
    if (files.own === undefined && files.caFile === undefined) return undefined;
    const material = new TlsMaterial(files, {
      renewed: (facts) => {
        log.info(facts, 'tls.renewed');
        sayEnd(material, log);
      },
      failed: ({ message }) => log.error({ reason: message }, 'tls.unusable'),
    });
    sayEnd(material, log);
    sayMissingName(material, url, log);
    return new NodeTls({ material, log, isMutual: files.isMutual, acceptsInsecure });
  }

  get material(): TlsMaterial {
    return this.#material;
  }

  /** Whether this node serves TLS, and does not only ask others. */
  get isServed(): boolean {
    return this.#material.certificate !== undefined;
  }

  /** For connections that this node opens. */
  readonly context = (): SecureContext => this.#material.context;

  stop(): void {
    this.#material.stop();
  }
}

function sayEnd({ endsAt }: TlsMaterial, log: Log): void {
  if (endsAt !== undefined && endsAt - Date.now() < soonMs) log.warn({ endsAt: new Date(endsAt).toISOString() }, 'tls.ends-soon');
}

/** Others will not believe that this node is the one that they ask. */
function sayMissingName({ certificate }: TlsMaterial, url: string, log: Log): void {
  const { protocol, hostname } = new URL(url);
  if (certificate === undefined || protocol !== 'https:') return;
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const isNamed = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host);
  if (isNamed === undefined) log.warn({ url, names: certificate.subjectAltName ?? '' }, 'tls.name-missing');
}
