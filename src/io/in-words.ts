/** What Node says in a code only, or not at all, of connections that do not come about. */

/** Of an address that is not dialed, in whatever way it is asked. */
export const blockedCode = 'ERR_IP_BLOCKED';

const words: Readonly<Record<string, string>> = {
  // Node says nothing at all of the address if the name has several.
  [blockedCode]: 'its address is link-local, a metadata service, or outside of PEER_ADDRESSES: no node is dialed there',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  EPROTO: 'it does not speak TLS, or none that is spoken here',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it serves only who shows a certificate',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
};
/** How Node begins to say so. */
const handshakeCut = 'Client network socket disconnected before secure TLS connection';
const untrusted = 'its certificate is from an authority that is not trusted here';
const untrustedCodes: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** An error whose message says more than its code. */
export class InWords extends Error {
  readonly code: string;

  constructor(message: string, code: string, cause: Error) {
    super(message, { cause });
    this.code = code;
  }
}

export function inWords(error: Error): Error {
  if (!('code' in error) || typeof error.code !== 'string') return error;
  const { code } = error;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return new InWords(otherHost(error), code, error);
  const isCut = code === 'ECONNRESET' && error.message.startsWith(handshakeCut);
  const said = isCut
    ? 'it ended the connection during the handshake: it may not speak TLS'
    : untrustedCodes.has(code)
      ? untrusted
      : words[code];
  return said === undefined ? error : new InWords(said, code, error);
}

/** @param error - as `checkServerIdentity` of Node makes it */
function otherHost({ host, cert }: Error & { readonly host?: string; readonly cert?: { readonly subjectaltname?: string } }): string {
  return `its certificate is for ${cert?.subjectaltname ?? 'no host'}, and not for ${host ?? 'the one that was asked'}`;
}
