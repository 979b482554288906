/** One request to another node: what was not sent can be tried elsewhere; what was sent but not answered may have happened. */

import type { BlockList } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { LogError } from '../../api/problems.ts';
import { onConnected, onUnanswered, outerRequest } from '../../io/outer-request.ts';
import type { OuterAgent } from '../../io/outer-request.ts';
import { NotSent } from '../../ports/leader-caller.ts';

const answerBytesMax = 1024 * 1024;
/** How long it may take to reach a leader. */
const connectWithinMs = 2000;

/** How a leader is reached by its URL. */
export interface LeaderReach {
  /** Opens connections, and keeps them. */
  readonly agent: OuterAgent;
  /** Maps the URL of a node to the one to dial. */
  readonly addressOf?: (url: string) => string;
  /** Addresses that are not connected to for this URL. */
  readonly blockListOf?: (url: string) => BlockList | undefined;
}

export interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  /** Aborts it. */
  readonly over: AbortSignal;
}

/**
 * @param onAnswer - called with the head of the answer; its body is in UTF-8
 * @returns when all of the answer has been read
 * @throws NotSent, or LogError with `forward-failed` if there was no whole answer
 */
export function exchange(
  { agent, addressOf = (known) => known, blockListOf }: LeaderReach,
  url: string,
  { method, path, headers, body, over }: SentRequest,
  onAnswer: (answer: IncomingMessage) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let isSent = false;
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    const options = { method, agent, headers: { ...headers, ...length } };
    const call = outerRequest(new URL(path, addressOf(url)), options, { blockList: blockListOf?.(url), knownAs: url });
    const breakOff = (): void => void call.destroy(over.reason as Error);
    let connectTimer: NodeJS.Timeout | undefined;
    const end = (): void => {
      clearTimeout(connectTimer);
      over.removeEventListener('abort', breakOff);
    };
    const fail = (error: Error): void => {
      end();
      if (isSent) reject(new LogError('forward-failed', `the leader at ${url} did not answer: ${error.message}`, {}, { cause: error }));
      else reject(new NotSent(`${url}: ${error.message}`, { cause: error }));
    };
    over.addEventListener('abort', breakOff, { once: true });
    onConnected(call, {
      connecting: () => {
        connectTimer = setTimeout(() => call.destroy(new Error(`no connection within ${connectWithinMs} ms`)), connectWithinMs);
      },
      connected: () => {
        isSent = true;
        clearTimeout(connectTimer);
      },
    });
    call.once('error', fail);
    onUnanswered(call, fail);
    call.once('response', (answer) => {
      let bytes = 0;
      answer.on('data', (chunk: Buffer | string) => {
        bytes += chunk.length;
        if (bytes > answerBytesMax) answer.destroy(new Error('its answer is too large'));
      });
      answer.once('error', fail);
      answer.once('end', () => {
        end();
        resolve();
      });
      onAnswer(answer);
    });
    call.end(body);
  });
}
