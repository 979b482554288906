/**
 * Connections to other nodes as they begin: plain, or TLS where the address says `https:`. Then the certificate of the other
 * side must be from an authority that is trusted here, and for the host in the URL by which the node is known.
 */

import { Agent, request } from 'node:http';
import type { AgentOptions, ClientRequest, ClientRequestArgs, RequestOptions } from 'node:http';
import { connect as connectPlain, isIP } from 'node:net';
import type { BlockList, LookupFunction, NetConnectOpts, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket, checkServerIdentity, connect as connectTls } from 'node:tls';
import type { ConnectionOptions, SecureContext } from 'node:tls';
import { urlToHttpOptions } from 'node:url';

/** The authorities to trust, and the certificate to show; read at each connection, since the files may change. */
export type Trust = () => SecureContext;

export interface Way {
  /** Resolves names; by default as the system does. */
  readonly lookup?: LookupFunction | undefined;
  /** Addresses that are not connected to, whatever the name resolves to. */
  readonly blockList?: BlockList | undefined;
  /** URL by which the node is known, if it is dialed at another one. */
  readonly knownAs?: string | undefined;
}

/** Options of a request, as its agent gets them. */
export interface OuterOptions extends ClientRequestArgs {
  readonly blockList?: BlockList | undefined;
  /** Host for which the certificate must be; `undefined`: no TLS. */
  readonly secureHost?: string | undefined;
}

/** @param trust - by default the authorities of the system are trusted */
export function openOuter(options: OuterOptions, trust?: Trust): Socket {
  const { secureHost, blockList } = options;
  if (secureHost === undefined) return connectPlain(options as NetConnectOpts);
  const socket = connectTls({
    ...(options as ConnectionOptions),
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    // Whatever the environment says.
    rejectUnauthorized: true,
    // An address is no name to ask for (RFC 6066, section 3).
    servername: isIP(secureHost) === 0 ? secureHost : '',
    checkServerIdentity: (_dialed, certificate) => checkServerIdentity(secureHost, certificate),
    ...(trust !== undefined && { secureContext: trust() }),
  });
  // Node hands the list to plain connections only. This one begins to connect in a later turn.
  return Object.assign(socket, { blockList });
}

/** Opens the connections of requests. Without `keepAlive` each has its own. */
export class OuterAgent extends Agent {
  readonly #trust: Trust | undefined;

  constructor(options: AgentOptions = {}, trust?: Trust) {
    super(options);
    this.#trust = trust;
  }

  override createConnection(options: OuterOptions, _opened?: (error: Error | null, stream: Duplex) => void): Duplex | null | undefined {
    return openOuter(options, this.#trust);
  }

  /** A connection that is kept is for those whose options have the same name. */
  override getName(options: OuterOptions = {}): string {
    return `${super.getName(options)}:${options.secureHost ?? ''}`;
  }
}

/** @param target - where to dial. The certificate must be for the host of `knownAs`, or else for that of the target */
export function outerRequest(
  target: URL,
  { agent = new OuterAgent(), ...options }: RequestOptions & { readonly agent?: OuterAgent | undefined },
  { lookup, blockList, knownAs }: Way = {},
): ClientRequest {
  const isSecure = target.protocol === 'https:';
  const all = {
    ...urlToHttpOptions(target),
    // Of TLS only the agent knows.
    protocol: 'http:',
    ...(isSecure && { defaultPort: 443, secureHost: hostOf(new URL(knownAs ?? target)) }),
    ...options,
    agent,
    ...(lookup !== undefined && { lookup }),
    ...(blockList !== undefined && { blockList }),
  };
  return request(all);
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

/**
 * Until it is connected nothing was sent; where TLS is spoken, that is until the handshake is over.
 * @param told - `connecting` if a connection is opened for it, and not if one was kept
 */
export function onConnected(call: ClientRequest, told: { readonly connecting?: () => void; readonly connected: () => void }): void {
  call.once('socket', (socket) => {
    // Its address is blocked.
    if (socket.destroyed) return;
    if (isConnected(socket)) return told.connected();
    told.connecting?.();
    socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', told.connected);
  });
}

/**
 * Calls it if the connection is closed before there is an answer, and there may be no error: if the other side switches to a
 * protocol that nobody asked for, Node closes the connection and says nothing more.
 */
export function onUnanswered(call: ClientRequest, told: (error: Error) => void): void {
  let isAnswered = false;
  call.once('response', () => (isAnswered = true));
  call.once('close', () => {
    if (!isAnswered) told(new Error('the connection was closed without an answer'));
  });
}

/** @param socket - with Node's own mark of a handshake that is not over, in no document */
function isConnected(socket: Socket & { readonly secureConnecting?: boolean }): boolean {
  return !socket.connecting && socket.secureConnecting !== true;
}
