/**
 * A client that said that it will send no more still wants its answers; one that went away says the same. Which of the
 * two it is shows when something is sent to it: who is gone refuses that. So who waits long for an answer is sent
 * `100 Continue` now and then, which a client passes over wherever it comes before an answer (RFC 9110, section 15.2).
 */

import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const askEveryMs = 1000;
/** How long a refusal of what was sent takes to come back. */
const resetWithinMs = 200;

/** Node's server ends its own side, too, unless it is told not to; this is how it is told, since 0.x, in no document. */
export function answerHalfClosed(server: Server): void {
  Object.assign(server, { httpAllowHalfOpen: true });
}

/** @param onlyDue - the one answer that is due on this connection; `undefined` if there is none, or another before it */
export function askWhetherGone(socket: Socket, onlyDue: () => ServerResponse | undefined): void {
  // Whoever cannot be asked so is missed by the system, some minutes later.
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
 * For a body that goes on for ever: shows soon after the end of what its reader sends whether it is gone.
 * @param write - sends something harmless, if there is room for it
 */
export function showWhetherGone(socket: Socket, write: () => void): void {
  socket.once('end', () => {
    write();
    // What comes back to that is not read any more, but the next write fails by it.
    setTimeout(write, resetWithinMs).unref();
  });
}
