/** Certificates for tests: an authority of their own in a folder of their own. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority } from '../../src/trust/authority.ts';
import { replaceFile } from './rolling.ts';

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Where tests reach what listens on this machine. */
const hostsHere: readonly string[] = ['localhost', '127.0.0.1', '::1'];

export class TestAuthority implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'rlog-tls-'));
  readonly caFile = join(this.folder, 'ca.pem');
  readonly ca: string;
  readonly #authority: Authority;

  private constructor({ authority, files }: Awaited<ReturnType<typeof Authority.make>>) {
    this.#authority = authority;
    this.ca = files.certificate;
    writeFileSync(this.caFile, files.certificate);
  }

  static async make(): Promise<TestAuthority> {
    return new TestAuthority(await Authority.make('Authority of a test', 30));
  }

  /**
   * Issues one under a name; again under the same name, it takes the place of the one before: first the certificate, then
   * the key, as a person would copy them.
   * @param hosts - none for a client's
   */
  async issue(
    name: string,
    { hosts = hostsHere, days = 30 }: { readonly hosts?: readonly string[]; readonly days?: number } = {},
  ): Promise<CertificateFiles> {
    const { certificate, key } = await this.#authority.issue({ name, hosts, days });
    return { certFile: this.#put(`${name}.pem`, certificate), keyFile: this.#put(`${name}-key.pem`, key) };
  }

  /** The settings of a node that has such a certificate. */
  async settings(name: string, how?: Parameters<TestAuthority['issue']>[1]): Promise<Record<string, string>> {
    const { certFile, keyFile } = await this.issue(name, how);
    return { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, TLS_CA_FILE: this.caFile };
  }

  #put(name: string, text: string): string {
    const path = join(this.folder, name);
    replaceFile(path, text);
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
