/**
 * A refusal that is heard by who is still sending. A connection that is closed while bytes come in is reset, and whoever
 * sends them learns nothing but that; many clients read no answer before they sent everything. So the answer goes out at
 * once, what still comes is passed over, up to a bound of time and bytes, and only then the connection ends.
 */

import type { IncomingMessage, OutgoingHttpHeader, ServerResponse } from 'node:http';

export interface PassingOverLimits {
  readonly bytesMax: number;
  readonly silenceMs: number;
  readonly totalMs: number;
}

const limitsDefault: PassingOverLimits = { bytesMax: 256 * 1024 * 1024, silenceMs: 5000, totalMs: 30_000 };

/** Whether the body of a request has not all come. */
export function isSending({ complete, headers }: IncomingMessage): boolean {
  return !complete && (headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0');
}

/** Answers, and ends the connection when the body is through. */
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

/** @param through - called once: when all of the body came, or it is not waited for any more */
export function passOver(request: IncomingMessage, through: () => void, limits: PassingOverLimits = limitsDefault): void {
  let bytes = 0;
  const end = (): void => {
    clearTimeout(silence);
    clearTimeout(total);
    request.off('data', count).off('end', end).off('error', end).off('close', end);
    // Nothing of it is kept, however long the connection stays.
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
  // Nobody else takes it any more.
  request.unpipe();
  request.on('data', count).once('end', end).once('error', end).once('close', end);
  if (request.readableEnded || request.destroyed) end();
  else request.resume();
}
