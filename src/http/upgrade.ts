/**
 * Takes connections of other nodes: `GET /replicate` with `Upgrade: rlog/2` or `rlog/1` becomes a replication stream, and
 * with `rlog-http/1` a connection for requests, on which the other node has proved the cluster's secret. Where there is a
 * secret, it is proved before the first frame of a stream as well. Anything else is refused with a problem document.
 */

import type { IncomingMessage, Server } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import type { Driver } from '../driver/driver.ts';
import { LogError } from '../api/problems.ts';
import { clusterHeader, nodeHeader, proofHeader } from '../api/headers.ts';
import { replicatePath } from '../api/paths.ts';
import type { Access } from './access/access.ts';
import type { ProtectedMode } from './access/protected-mode.ts';
import { chooseProtocol, protocolName, requestsProtocolName } from '../protocol/versions.ts';
import type { ClusterSecrets } from '../trust/cluster-secrets.ts';
import { NotProven, proveToCaller } from '../trust/peer-channel.ts';
import { saidOnce } from '../trust/said-once.ts';
import type { PeerPort } from './peer-port.ts';
import { checkSite } from './wire/cross-site.ts';
import type { HostNames } from './wire/cross-site.ts';
import { problemOnWire } from './wire/problem-response.ts';

/** No name of a node or id of a cluster is longer. */
const saidLengthMax = 128;

export interface StreamAcceptor {
  readonly driver: Driver;
  readonly log: Logger;
  readonly names: HostNames;
  readonly protectedMode: ProtectedMode;
  readonly access: Pick<Access, 'checkNodes'>;
  readonly peerPort: PeerPort;
  readonly secrets: ClusterSecrets;
  /** Whether a node that proves nothing is taken, too. */
  readonly acceptsInsecure: boolean;
  /** A replication stream. @param head - bytes that came with the upgrade already */
  readonly accept: (socket: Duplex, head: Buffer) => void;
  /** Told of the connection on which another node proved the secret. */
  readonly proven: (socket: Socket) => void;
  /** A connection for requests, proven. */
  readonly acceptRequests: (channel: Socket) => void;
}

/** Whether an upgrade is meant for this; any other is not taken up, as RFC 9110 (section 7.8) allows. */
export function isForNodes(request: IncomingMessage): boolean {
  const asked = (request.headers.upgrade ?? '').toLowerCase();
  return asked.startsWith('rlog/') || asked === requestsProtocolName;
}

export function acceptStreams(server: Server, acceptor: StreamAcceptor): void {
  const sayRefused = refusalLog(acceptor.log);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    // A connection that was closed no longer knows it.
    const address = request.socket.remoteAddress;
    const refusal = refusalOf(request, acceptor);
    if (refusal === undefined) {
      take({ request, socket, head }, acceptor).catch((error: unknown) => {
        socket.destroy();
        if (error instanceof NotProven && error.isBroken) return;
        const notProven = new LogError('proof-required', error instanceof Error ? error.message : String(error));
        sayRefused({ request, address, refusal: notProven });
      });
      return;
    }
    if (refusal.code !== 'shutting-down') sayRefused({ request, address, refusal });
    const upgrade = refusal.code === 'unknown-protocol' ? `upgrade: ${protocolName}\r\n` : '';
    socket.end(problemOnWire(refusal, replicatePath, upgrade));
  });
}

interface Asked {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** @throws NotProven, or LogError */
async function take({ request, socket, head }: Asked, acceptor: StreamAcceptor): Promise<void> {
  const { driver, secrets, accept, acceptRequests } = acceptor;
  if (socket instanceof Socket) socket.setNoDelay(true);
  const asked = request.headers.upgrade ?? '';
  const isForRequests = asked === requestsProtocolName;
  const proves = secrets.isSet && request.headers[proofHeader] !== undefined;
  const proof = proves ? `${proofHeader}: ${secrets.names.join(',')}\r\n` : '';
  const upgrade = isForRequests ? requestsProtocolName : chooseProtocol(asked);
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${upgrade}\r\n${proof}\r\n`);
  if (!proves) return accept(socket, head);
  if (head.length > 0) throw new LogError('bad-request', 'it spoke before it had proved the secret');
  const channel = await proveToCaller(socket, secrets);
  acceptor.proven(request.socket);
  if (isForRequests) acceptRequests(channel);
  else if (driver.isStopped) channel.destroy();
  else accept(channel, head);
}

function refusalOf(
  request: IncomingMessage,
  { driver, names, protectedMode, access, peerPort, secrets, acceptsInsecure }: StreamAcceptor,
): LogError | undefined {
  const offers = request.headers[proofHeader];
  const isToProve = secrets.isSet && offers !== undefined;
  try {
    // Who knows the secret may come from anywhere.
    if (!isToProve) protectedMode.check(request);
    checkSite(request, names);
    // Who operates the cluster proves the secret, too, and comes to the port of the clients.
    if (request.headers.upgrade !== requestsProtocolName) peerPort.check(request.socket, true);
    access.checkNodes();
  } catch (error) {
    if (error instanceof LogError) return error;
    throw error;
  }
  const path = (request.url ?? '').split('?')[0];
  if (path !== replicatePath) return new LogError('not-found', `there is no stream at ${path}`);
  const asked = request.headers.upgrade ?? '';
  const isForRequests = asked === requestsProtocolName;
  if (!isForRequests && chooseProtocol(asked) === undefined)
    return new LogError('unknown-protocol', `this node speaks ${protocolName}, not ${asked}`, { protocol: protocolName, asked });
  if (isForRequests && !secrets.isSet)
    return new LogError('unknown-protocol', 'this node has no CLUSTER_SECRET: it proves nothing', { protocol: protocolName, asked });
  if (secrets.isSet && !isToProve && (isForRequests || !acceptsInsecure))
    return new LogError('proof-required', 'this node has a CLUSTER_SECRET, and the caller has none');
  if (isToProve && secrets.sharedWith(String(offers).split(',')) === undefined)
    return new LogError('proof-required', 'the caller has another CLUSTER_SECRET');
  // It would stay open, with nobody behind it, until the caller gives it up.
  if (driver.isStopped) return new LogError('shutting-down', 'this node is shutting down');
  // Who has yet to prove the secret hears nothing of the cluster; after that both say hello, and see that theirs differ.
  return isForRequests || isToProve ? undefined : otherCluster(request, driver);
}

function otherCluster(request: IncomingMessage, driver: Driver): LogError | undefined {
  const theirs = request.headers[clusterHeader];
  const mine = driver.refusalOf(theirs === undefined ? null : String(theirs));
  if (mine === undefined) return undefined;
  const facts = { cluster: mine.clusterId, asked: theirs, members: mine.memberIds, hasMessages: mine.hasMessages };
  return new LogError('other-cluster', `this node belongs to cluster ${mine.clusterId}, the caller to ${String(theirs)}`, facts);
}

interface Refused {
  readonly request: IncomingMessage;
  readonly address: string | undefined;
  readonly refusal: LogError;
}

/**
 * Whoever is refused calls again, and again; another reason is said, too. The names are what he says, so a few of them are
 * enough for one address.
 */
function refusalLog(log: Logger): (refused: Refused) => void {
  return saidOnce(
    (refused) => {
      const { request, address, refusal } = refused;
      const { [nodeHeader]: caller = address, [clusterHeader]: cluster } = request.headers;
      return [caller, refusal.code, reasonOf(refused), cluster].map(short).join(' ');
    },
    (refused) => {
      const { request, address, refusal } = refused;
      const reason = reasonOf(refused);
      const facts = Object.fromEntries(Object.entries(refusal.facts).map(([name, fact]) => [name, short(fact)]));
      const asked = { caller: short(request.headers[nodeHeader]), address, code: refusal.code };
      const told = { ...asked, ...(reason !== undefined && { reason }), ...facts };
      log[isWithoutSecret(refused) ? 'warn' : 'error'](told, 'stream.refused');
    },
    { sourceOf: ({ address, refusal: { code } }) => `${String(address)} ${code}` },
  );
}

/** What a stranger says takes no more of the log than what a node says. */
function short(fact: unknown): unknown {
  return typeof fact === 'string' && fact.length > saidLengthMax ? `${fact.slice(0, saidLengthMax)}…` : fact;
}

/** What tells one refusal from another with the same code. */
function reasonOf(refused: Refused): string | undefined {
  const { code, message } = refused.refusal;
  return code === 'proof-required' || isWithoutSecret(refused) ? message : undefined;
}

/** A secret is being taken up or given up, and the caller does without the proof; one that does not says so itself. */
function isWithoutSecret({ request, refusal }: Refused): boolean {
  return refusal.code === 'unknown-protocol' && request.headers.upgrade === requestsProtocolName;
}
