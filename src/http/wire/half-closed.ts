/**
 * A client that has closed its sending side may still want its answers, or it may be gone: on the wire both look alike.
 * Sending it something tells them apart, since the host of a client that is gone refuses that. So a client that waits
 * long for an answer is sent `100 Continue` now and then, which a client ignores wherever it comes before an answer
 * (RFC 9110, section 15.2).
 */

import type { Server } from 'node:http';
import type { Socket } from 'node:net';

const askEveryMs = 1000;
/** How long such a refusal (a reset) may take to arrive. */
const resetWithinMs = 200;

/** What is looked at of an answer that is due. */
export interface DueAnswer {
  /** It has begun. */
  readonly headersSent: boolean;
  readonly req: {
    /** All of the request has arrived. */
    readonly complete: boolean;
    readonly httpVersion: string;
  };
  readonly writeContinue: () => void;
}

/**
 * Makes the server keep its side open when a client closes its own. `httpAllowHalfOpen` is undocumented, but as old as
 * Node.
 */
export function answerHalfClosed(server: Server): void {
  Object.assign(server, { httpAllowHalfOpen: true });
}

/** @param onlyDue - the response that this connection owes; `undefined` if it owes none, or others before it */
export function askWhetherGone(socket: Socket, onlyDue: () => DueAnswer | undefined): void {
  // For a client that cannot be probed like this, TCP keep-alive finds out, some minutes later.
  socket.setKeepAlive(true, askEveryMs);
  const timer = setInterval(() => {
    const response = onlyDue();
    if (response === undefined || response.headersSent || response.req.httpVersion === '1.0') return;
    response.writeContinue();
  }, askEveryMs);
  timer.unref();
  socket.once('close', () => clearInterval(timer));
}

/**
 * For a body without an end: finds out, soon after the client has closed its sending side, whether it is gone.
 * @param write - sends something harmless, if there is room for it
 */
export function showWhetherGone(socket: Socket, write: () => void): void {
  socket.once('end', () => {
    write();
    // The reset is no longer read from the socket, but it makes the next write fail.
    setTimeout(write, resetWithinMs).unref();
  });
}
