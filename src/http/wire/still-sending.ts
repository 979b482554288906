/**
 * Refuses a request whose body is still arriving, so that its client gets the refusal. A connection that is closed
 * while bytes arrive is reset, and the sender sees only the reset; many clients read no answer before they have sent
 * everything. So the answer goes out at once, the rest of the body is discarded, within limits of time and bytes, and
 * only then the connection is closed.
 */

import type { IncomingMessage, OutgoingHttpHeader, ServerResponse } from 'node:http';

export interface PassingOverLimits {
  readonly bytesMax: number;
  readonly silenceMs: number;
  readonly totalMs: number;
}

const limitsDefault: PassingOverLimits = { bytesMax: 256 * 1024 * 1024, silenceMs: 5000, totalMs: 30_000 };

/** Part of the request's body has not arrived yet. */
export function isSending({ complete, headers }: IncomingMessage): boolean {
  return !complete && (headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0');
}

/** Answers at once, and closes the connection when the body has arrived. */
export function answerWhileSending(
  request: IncomingMessage,
  response: ServerResponse,
  answer: { readonly status: number; readonly headers: NodeJS.Dict<OutgoingHttpHeader>; readonly text: string },
  limits: PassingOverLimits = limitsDefault,
): void {
  const { status, headers, text } = answer;
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value);
  response.writeHead(status, { 'content-length': Buffer.byteLength(text), connection: 'close' });
  response.write(text);
  passOver(request, () => response.end(), limits);
}

/**
 * Discards the rest of a body.
 * @param through - called once, when the body has arrived or a limit is exceeded
 */
export function passOver(request: IncomingMessage, through: () => void, limits: PassingOverLimits = limitsDefault): void {
  let bytes = 0;
  const end = (): void => {
    clearTimeout(silence);
    clearTimeout(total);
    request.off('data', count).off('end', end).off('error', end).off('close', end);
    // Keep discarding for as long as the connection stays open.
    request.resume();
    through();
  };
  const silence = setTimeout(end, limits.silenceMs);
  const total = setTimeout(end, limits.totalMs);
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
    silence.refresh();
    if (bytes > limits.bytesMax) end();
  };
  // Detach the former reader.
  request.unpipe();
  request.on('data', count).once('end', end).once('error', end).once('close', end);
  if (request.readableEnded || request.destroyed) end();
  else request.resume();
}
