/**
 * Accepts replication streams: `GET /replicate` with `Upgrade: rlog/2` or `rlog/1`. A stream that is refused gets a
 * problem document.
 */

import type { IncomingMessage, Server } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import type { Driver } from '../driver/driver.ts';
import { LogError } from '../api/problems.ts';
import { clusterHeader, nodeHeader } from '../api/headers.ts';
import { replicatePath } from '../api/paths.ts';
import { chooseProtocol, protocolName } from '../protocol/versions.ts';
import type { ProtectedMode } from './access/protected-mode.ts';
import { checkSite } from './wire/cross-site.ts';
import type { HostNames } from './wire/cross-site.ts';
import { problemOnWire } from './wire/problem-response.ts';

const callersRemembered = 1000;

export interface StreamAcceptor {
  readonly driver: Driver;
  readonly log: Logger;
  readonly names: HostNames;
  readonly protectedMode: ProtectedMode;
  /** @param head - bytes that arrived along with the upgrade */
  readonly accept: (socket: Duplex, head: Buffer) => void;
}

/** Whether the client wants the stream between nodes. Any other upgrade is ignored, as RFC 9110 (section 7.8) allows. */
export function isForStream(request: IncomingMessage): boolean {
  return (request.headers.upgrade ?? '').toLowerCase().startsWith('rlog/');
}

export function acceptStreams(server: Server, acceptor: StreamAcceptor): void {
  const { log, accept } = acceptor;
  /** Refusals that have been logged: the caller will try again and again. */
  const said = new Set<string>();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const refusal = refusalOf(request, acceptor);
    if (refusal === undefined) {
      if (socket instanceof Socket) socket.setNoDelay(true);
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${chooseProtocol(request.headers.upgrade ?? '')}\r\n\r\n`,
      );
      accept(socket, head);
      return;
    }
    const caller = `${String(request.headers[nodeHeader] ?? request.socket.remoteAddress)} ${refusal.code} ${String(request.headers[clusterHeader])}`;
    if (refusal.code !== 'shutting-down' && !said.has(caller)) {
      if (said.size >= callersRemembered) said.clear();
      said.add(caller);
      log.error(
        { caller: request.headers[nodeHeader], address: request.socket.remoteAddress, code: refusal.code, ...refusal.facts },
        'stream.refused',
      );
    }
    refuse(socket, refusal);
  });
}

function refusalOf(request: IncomingMessage, { driver, names, protectedMode }: StreamAcceptor): LogError | undefined {
  try {
    protectedMode.check(request);
    checkSite(request, names);
  } catch (error) {
    if (error instanceof LogError) return error;
    throw error;
  }
  const path = (request.url ?? '').split('?')[0];
  if (path !== replicatePath) return new LogError('not-found', `there is no stream at ${path}`);
  const asked = request.headers.upgrade ?? '';
  if (chooseProtocol(asked) === undefined)
    return new LogError('unknown-protocol', `this node speaks ${protocolName}, not ${asked}`, { protocol: protocolName, asked });
  const theirs = request.headers[clusterHeader];
  // The stream would stay open, with nothing to serve it, until the caller gives up.
  if (driver.isStopped) return new LogError('shutting-down', 'this node is shutting down');
  const mine = driver.refusalOf(theirs === undefined ? null : String(theirs));
  if (mine === undefined) return undefined;
  const facts = { cluster: mine.clusterId, asked: theirs, members: mine.memberIds, hasMessages: mine.hasMessages };
  return new LogError('other-cluster', `this node belongs to cluster ${mine.clusterId}, the caller to ${String(theirs)}`, facts);
}

function refuse(socket: Duplex, refusal: LogError): void {
  const upgrade = refusal.code === 'unknown-protocol' ? `upgrade: ${protocolName}\r\n` : '';
  socket.end(problemOnWire(refusal, replicatePath, upgrade));
}
