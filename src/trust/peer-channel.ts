/**
 * A connection on which both ends have proved that they know the cluster's secret: TLS 1.3 with the secret as pre-shared
 * key (RFC 8446, section 2.2), begun on a connection that HTTP has upgraded. Nobody on the wire can read it, change it or
 * play it back, and what a node says on it of its name and its storage is said by one who knows the secret.
 * docs/adr/0021-nodes-prove-a-shared-secret.md
 */

import { createSecureContext, connect, TLSSocket } from 'node:tls';
import { constants } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { ClusterKey, ClusterSecrets } from './cluster-secrets.ts';

/** How long a handshake may take. */
const handshakeMsMax = 5000;

/** The one that a pre-shared key can be used with, and that every processor is quick at. */
const ciphers = 'TLS_AES_128_GCM_SHA256';
const version = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' } as const;
/** Neither end has a certificate or trusts one, and no session outlives its connection: who forgets a secret refuses it. */
const secureContext = createSecureContext({ ca: [], ciphers, ...version, secureOptions: constants.SSL_OP_NO_TICKET });
const options = { ...version, ciphers, secureContext };

/** Codes of the system; what TLS finds has others. */
const brokenBy: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

const proven = new WeakSet<object>();

/** Whether the node at the other end proved on this very connection that it knows the secret. */
export function isProven(socket: object): boolean {
  return proven.has(socket);
}

/** The other end does not know the secret, or does not say so in time; or nobody will know, as the connection broke before. */
export class NotProven extends Error {
  override readonly name = 'NotProven';
  readonly isBroken: boolean;

  constructor(reason: string, isBroken = false) {
    super(reason);
    this.isBroken = isBroken;
  }
}

/** On a connection that this node opened. @throws NotProven */
export function proveToReceiver(socket: Duplex, key: ClusterKey): Promise<TLSSocket> {
  const channel = connect({
    socket,
    ...options,
    pskCallback: () => ({ psk: key.bytes, identity: key.name }),
    // Who has the key is known by that. A certificate is none: it is refused, whoever signed it.
    checkServerIdentity: () => new Error('it showed a certificate instead of knowing the secret'),
  });
  return settled(channel, 'secureConnect');
}

/** On a connection that another node opened. @throws NotProven */
export function proveToCaller(socket: Duplex, secrets: ClusterSecrets): Promise<TLSSocket> {
  const channel = new TLSSocket(socket, {
    isServer: true,
    ...options,
    pskCallback: (_socket: TLSSocket, name: string) => secrets.named(name)?.bytes ?? null,
  } as ConstructorParameters<typeof TLSSocket>[1]);
  return settled(channel, 'secure');
}

function settled(channel: TLSSocket, done: 'secure' | 'secureConnect'): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string, isBroken = false): void => {
      clearTimeout(timer);
      channel.destroy();
      reject(new NotProven(reason, isBroken));
    };
    const timer = setTimeout(() => fail(`no handshake within ${handshakeMsMax} ms`), handshakeMsMax);
    // Every error is followed by a close.
    channel.on('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code ?? error.message;
      if (brokenBy.has(reason)) fail(`the connection broke during the handshake (${reason})`, true);
      else fail(`it does not know the secret of the cluster (${reason})`);
    });
    channel.once('close', () => fail('the connection was closed during the handshake', true));
    channel.once(done, () => {
      clearTimeout(timer);
      if (Object.keys(channel.getPeerCertificate()).length > 0) return fail('it showed a certificate instead of knowing the secret');
      proven.add(channel);
      resolve(channel);
    });
  });
}
