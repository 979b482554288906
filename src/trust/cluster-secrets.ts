/**
 * The secret that the nodes of a cluster share, as keys: a node uses the first, and accepts all. Two of them stand side by
 * side while a secret is replaced.
 *
 * A key is derived slowly, so that somebody who recorded a handshake cannot try many guesses at a poor secret. It has a
 * name, which two nodes compare in the open, and from which nothing follows but that both have the same one.
 */

import { createHash, scrypt } from 'node:crypto';
import { promisify } from 'node:util';

/** For TLS 1.3 with SHA-256 (RFC 8446, section 4.2.11). */
const keyBytes = 32;
/** The same on all nodes, or their keys would differ. */
const salt = 'replicated-log/peer/1';

export interface ClusterKey {
  /** 16 hexadecimal digits. */
  readonly name: string;
  readonly bytes: Buffer;
}

export class ClusterSecrets {
  #keys: readonly ClusterKey[] = [];
  #replacements = 0;

  /** @param secrets - the first is the one to use; none: nodes prove nothing to each other */
  static async of(secrets: readonly string[]): Promise<ClusterSecrets> {
    const made = new ClusterSecrets();
    await made.replace(secrets);
    return made;
  }

  /** For connections that are opened once it resolves. Keys take a moment to derive, and of several replacements the last one counts. */
  async replace(secrets: readonly string[]): Promise<void> {
    this.#replacements += 1;
    const replacement = this.#replacements;
    const keys = await Promise.all(secrets.map(keyOf));
    if (replacement === this.#replacements) this.#keys = keys;
  }

  /** Whether nodes have to prove that they know a secret. */
  get isSet(): boolean {
    return this.#keys.length > 0;
  }

  /** Of all that are accepted, the one to use first. */
  get names(): string[] {
    return this.#keys.map(({ name }) => name);
  }

  named(name: string): ClusterKey | undefined {
    return this.#keys.find((key) => key.name === name);
  }

  /** The first of the own ones that the other side has, too. */
  sharedWith(names: readonly string[]): ClusterKey | undefined {
    return this.#keys.find(({ name }) => names.includes(name));
  }
}

/** Of a cluster's secret and of a token, in characters. */
export const secretLengthMin = 16;

/** One secret a line; empty lines and those that begin with `#` are left out. @throws an error whose message does not hold any */
export function parseSecrets(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  const secrets = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (secrets.length === 0) throw new Error('there is no secret in it');
  if (secrets.some((secret) => secret.length < secretLengthMin)) throw new Error(`a secret has at least ${secretLengthMin} characters`);
  return secrets;
}

const derive = promisify<string, string, number, Buffer>(scrypt);

async function keyOf(secret: string): Promise<ClusterKey> {
  const bytes = await derive(secret, salt, keyBytes);
  return { bytes, name: createHash('sha256').update('name').update(bytes).digest('hex').slice(0, 16) };
}
