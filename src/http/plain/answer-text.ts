/** An answer as node:http writes it, byte for byte. */

import { STATUS_CODES } from 'node:http';
import type { ExchangeAnswer } from '../append/exchange.ts';

/** @param keepAliveSeconds - how long the connection is kept, as the client is told */
export function answerText({ status, headers, text, isLast }: ExchangeAnswer, keepAliveSeconds: number): string {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`;
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i] ?? ''}: ${headers[i + 1] ?? ''}\r\n`;
  const kept = isLast ? 'Connection: close' : `Connection: keep-alive\r\nKeep-Alive: timeout=${keepAliveSeconds}`;
  return `${head}Date: ${dateNow()}\r\n${kept}\r\n\r\n${text}`;
}

let second = 0;
let date = '';

/** Written once a second. */
function dateNow(): string {
  const now = Math.floor(Date.now() / 1000);
  if (now !== second) {
    second = now;
    date = new Date(now * 1000).toUTCString();
  }
  return date;
}
