/**
 * An authority of a cluster's own: it makes the certificates with which nodes serve and prove who they are, and those of
 * clients. Loaded by `rlog init` alone.
 */

// The library below needs what this one adds to `Reflect`.
// oxlint-disable-next-line import/no-unassigned-import
import 'reflect-metadata';
import { isIP } from 'node:net';
import { randomBytes, webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 24 * 3600 * 1000;
/** Clocks differ. */
const earlierMs = 3600 * 1000;

/** Both in PEM. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

export interface Subject {
  /** For people. */
  readonly name: string;
  /** Names and addresses under which it is asked; none for a client. */
  readonly hosts: readonly string[];
  readonly days: number;
}

export class Authority {
  readonly #certificate: X509Certificate;
  readonly #key: webcrypto.CryptoKey;

  private constructor(certificate: X509Certificate, key: webcrypto.CryptoKey) {
    this.#certificate = certificate;
    this.#key = key;
  }

  static async make(name: string, days: number): Promise<{ readonly authority: Authority; readonly files: Issued }> {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const certificate = await X509CertificateGenerator.createSelfSigned({
      ...validFor(days),
      name: [{ CN: [name] }],
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return { authority: new Authority(certificate, keys.privateKey), files: await filesOf(certificate, keys) };
  }

  /** @throws if the files are none of an authority's */
  static async open({ certificate, key }: Issued): Promise<Authority> {
    const [der] = PemConverter.decode(key);
    if (der === undefined) throw new Error('the key is not in PEM');
    return new Authority(new X509Certificate(certificate), await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']));
  }

  /** One that serves may also ask, as a node does. */
  async issue({ name, hosts, days }: Subject): Promise<Issued> {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const uses = [...(hosts.length > 0 ? [ExtendedKeyUsage.serverAuth] : []), ExtendedKeyUsage.clientAuth];
    const certificate = await X509CertificateGenerator.create({
      ...validFor(days),
      subject: [{ CN: [name] }],
      issuer: this.#certificate.subjectName,
      publicKey: keys.publicKey,
      signingKey: this.#key,
      signingAlgorithm: algorithm,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension(uses),
        await SubjectKeyIdentifierExtension.create(keys.publicKey),
        await AuthorityKeyIdentifierExtension.create(this.#certificate),
        ...(hosts.length > 0
          ? [new SubjectAlternativeNameExtension(hosts.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })))]
          : []),
      ],
    });
    return filesOf(certificate, keys);
  }
}

function validFor(days: number): { readonly notBefore: Date; readonly notAfter: Date; readonly serialNumber: string } {
  // Positive, and as unlike any other as it may be long (RFC 5280, section 4.1.2.2).
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const now = Date.now();
  return { notBefore: new Date(now - earlierMs), notAfter: new Date(now + days * dayMs), serialNumber: serial.toString('hex') };
}

async function filesOf(certificate: X509Certificate, { privateKey }: webcrypto.CryptoKeyPair): Promise<Issued> {
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', privateKey);
  return { certificate: `${certificate.toString('pem')}\n`, key: `${PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n` };
}
