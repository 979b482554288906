/** Dials other nodes with HTTP Upgrade, and registers this node with the master. */

import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Socket } from 'node:net';
import type { BlockList, LookupFunction } from 'node:net';
import { DialRefused } from '../ports/ports.ts';
import type { Network, PeerStream } from '../ports/ports.ts';
import { LogError, parseProblem } from '../api/problems.ts';
import { clusterHeader, nodeHeader } from '../api/headers.ts';
import { membersPath, replicatePath } from '../api/paths.ts';
import { jsonMediaType } from '../api/media-types.ts';
import { firstProtocolName, protocolName } from '../protocol/versions.ts';
import { Unanswered, httpRequest, inWords } from './http-request.ts';
import { SocketStream } from './socket-stream.ts';

const refusalBytesMax = 64 * 1024;
const registrationTimeoutMs = 5000;
/** Status of a registration whose node could not be reached at its address. */
const unreachedStatus = 202;

export class NodeNetwork implements Network {
  readonly #self: string;
  readonly #dialTimeoutMs: number;
  readonly #lookup: LookupFunction;
  readonly #addressOf: (url: string) => string;
  readonly #blockListOf: (url: string) => BlockList | undefined;

  /**
   * @param lookup - resolves names
   * @param addressOf - maps the URL of a node to the one to dial
   * @param blockListOf - addresses that are not connected to for this URL
   */
  constructor(parts: {
    readonly self: string;
    readonly dialTimeoutMs: number;
    readonly lookup: LookupFunction;
    readonly addressOf: (url: string) => string;
    readonly blockListOf?: (url: string) => BlockList | undefined;
  }) {
    this.#self = parts.self;
    this.#dialTimeoutMs = parts.dialTimeoutMs;
    this.#lookup = parts.lookup;
    this.#addressOf = parts.addressOf;
    this.#blockListOf = parts.blockListOf ?? (() => undefined);
  }

  async dial(url: string, clusterId: string | null): Promise<PeerStream> {
    try {
      return await this.#upgrade(url, clusterId, `${protocolName}, ${firstProtocolName}`);
    } catch (error) {
      if (!isOfFirstVersion(error)) throw error;
      return this.#upgrade(url, clusterId, firstProtocolName);
    }
  }

  #upgrade(url: string, clusterId: string | null, upgrade: string): Promise<PeerStream> {
    return new Promise((resolve, reject) => {
      const headers: Record<string, string> = { connection: 'Upgrade', upgrade, [nodeHeader]: this.#self };
      if (clusterId !== null) headers[clusterHeader] = clusterId;
      const blockList = this.#blockListOf(url);
      const options = { headers, agent: false, lookup: this.#lookup, ...(blockList !== undefined && { blockList }) } as const;
      const call = request(new URL(replicatePath, this.#addressOf(url)), options);
      const timer = setTimeout(
        () => call.destroy(new Error(`${url} did not answer within ${this.#dialTimeoutMs} ms`)),
        this.#dialTimeoutMs,
      );
      call.once('upgrade', (_answer: IncomingMessage, socket: Duplex, head: Buffer) => {
        clearTimeout(timer);
        if (socket instanceof Socket) socket.setNoDelay(true);
        resolve(new SocketStream(socket, head));
      });
      call.once('response', (answer) => {
        readText(answer).then((text) => {
          clearTimeout(timer);
          reject(refusalOf(url, answer.statusCode ?? 0, text));
        }, reject);
      });
      call.once('error', (error) => {
        clearTimeout(timer);
        reject(new Error(`${url}: ${inWords(error).message}`, { cause: error }));
      });
      call.end();
    });
  }

  async register(masterUrl: string, self: { readonly id: string; readonly url: string }): Promise<'reached' | 'unreached'> {
    const { status, type, text } = await this.#post(masterUrl, membersPath, JSON.stringify({ url: self.url, id: self.id }));
    const isAnswer = status >= 200 && status < 300 && /^application\/json\b/.test(type);
    if (isAnswer) return status === unreachedStatus ? 'unreached' : 'reached';
    const problem = parseProblem(text);
    if (problem?.code === undefined) throw new Error(`${masterUrl} answered ${status}, but not like a node of the log`);
    throw new LogError(problem.code, problem.detail, problem.facts);
  }

  async #post(
    nodeUrl: string,
    path: string,
    body: string,
  ): Promise<{ readonly status: number; readonly type: string; readonly text: string }> {
    const url = new URL(path, this.#addressOf(nodeUrl));
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(new Error(`no answer within ${registrationTimeoutMs} ms`)), registrationTimeoutMs);
    try {
      const headers = { 'content-type': jsonMediaType, [nodeHeader]: this.#self };
      const reach = { lookup: this.#lookup, blockList: this.#blockListOf(nodeUrl) };
      const answer = await httpRequest(url, { method: 'POST', headers, body, ...reach, signal: over.signal });
      return { status: answer.statusCode ?? 0, type: answer.headers['content-type'] ?? '', text: await readText(answer) };
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      throw new Error(`${url.origin}: ${error.message}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
}

async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > refusalBytesMax) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A node of the first version takes the list for an unknown protocol, and tells which one it speaks. */
function isOfFirstVersion(error: unknown): boolean {
  return error instanceof DialRefused && error.code === 'unknown-protocol' && error.facts['protocol'] === firstProtocolName;
}

function refusalOf(url: string, status: number, text: string): DialRefused {
  const problem = parseProblem(text);
  const detail = problem?.detail ?? `${url} answered ${status} instead of a replication stream`;
  return new DialRefused(detail, { code: problem?.code, facts: problem?.facts ?? {} });
}
