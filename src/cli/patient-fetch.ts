/**
 * `fetch` for the commands, over `io/http-request.ts`. It waits for an answer as long as the node takes: only the node knows
 * how long the user allowed an append, and Node's own `fetch` gives up after five minutes.
 */

import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { FetchAnswer, FetchInit } from '../client/index.ts';
import { commandTrust } from './command-trust.ts';
import { DialRefused } from '../ports/ports.ts';
import { Unanswered, httpRequest } from '../io/http-request.ts';
import { InWords } from '../io/in-words.ts';
import { OuterAgent } from '../io/outer-request.ts';

/** How long a connection may take to be made. */
const connectMsMax = 10_000;

interface Ask extends Via {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How the node is connected to. */
export interface Via {
  /** Opens the connection; one that trusts whom the commands trust without it. */
  readonly agent?: OuterAgent | undefined;
  /** URL by which the node is known, if it is asked at another one. */
  readonly knownAs?: string | undefined;
}

/** A failure before there was a connection. Its code tells the client library that nothing was sent. */
export class NotConnected extends Error {
  readonly code: string;

  constructor(cause: NodeJS.ErrnoException) {
    super(cause instanceof DialRefused || cause instanceof InWords ? cause.message : (cause.code ?? cause.message));
    this.code = cause.code === 'ECONNREFUSED' ? cause.code : 'UND_ERR_CONNECT_TIMEOUT';
  }
}

/** Resolves when the answer begins. @throws NotConnected, or what broke the connection */
export async function ask(target: URL, { signal, agent = new OuterAgent({}, commandTrust()), ...asked }: Ask): Promise<IncomingMessage> {
  try {
    return await httpRequest(target, { ...asked, agent, connectWithinMs: connectMsMax, ...(signal !== undefined && { signal }) });
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    if (!error.isConnected) throw new NotConnected(error.cause);
    // Its words, and not its code, which would be taken for all that there is to say.
    throw error.cause instanceof InWords ? new Error(error.cause.message, { cause: error }) : error.cause;
  }
}

/** For the client library. Node's own `Response` would load all of its `fetch`, which takes longer than the request. */
export async function patientFetch(url: string, { method, headers, body, signal }: FetchInit, via: Via = {}): Promise<FetchAnswer> {
  return new PatientAnswer(await ask(new URL(url), { method, headers, body, signal, ...via }));
}

class PatientAnswer implements FetchAnswer {
  readonly status: number;
  readonly ok: boolean;
  readonly #message: IncomingMessage;

  constructor(message: IncomingMessage) {
    this.#message = message;
    this.status = message.statusCode ?? 0;
    this.ok = this.status >= 200 && this.status < 300;
  }

  get headers(): FetchAnswer['headers'] {
    return { get: (name) => [this.#message.headers[name.toLowerCase()] ?? []].flat().join(', ') || null };
  }

  get body(): FetchAnswer['body'] {
    return Readable.toWeb(this.#message) as ReadableStream<Uint8Array>;
  }

  async text(): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.#message) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  }
}
