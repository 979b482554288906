/** Dials other nodes over HTTP Upgrade, and registers with the master. */

import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Socket } from 'node:net';
import { DialRefused } from '../ports.ts';
import type { Network, PeerStream } from '../ports.ts';
import { LogError, parseProblem } from '../problems.ts';
import { clusterHeader, nodeHeader, replicatePath } from '../protocol/http-names.ts';
import { protocolName } from '../protocol/message-codec.ts';
import { SocketStream } from './peer-stream.ts';

const refusalBytesMax = 64 * 1024;
const registrationTimeoutMs = 5000;
/** Heard, and not found at its address. */
const unreachedStatus = 202;

export class NodeNetwork implements Network {
  readonly #self: string;
  readonly #dialTimeoutMs: number;

  constructor(parts: { readonly self: string; readonly dialTimeoutMs: number }) {
    this.#self = parts.self;
    this.#dialTimeoutMs = parts.dialTimeoutMs;
  }

  dial(url: string, clusterId: string | null): Promise<PeerStream> {
    return new Promise((resolve, reject) => {
      const headers: Record<string, string> = { connection: 'Upgrade', upgrade: protocolName, [nodeHeader]: this.#self };
      if (clusterId !== null) headers[clusterHeader] = clusterId;
      const call = request(new URL(replicatePath, url), { headers, agent: false });
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
        reject(new Error(`${url}: ${error.message}`, { cause: error }));
      });
      call.end();
    });
  }

  async register(masterUrl: string, self: { readonly id: string; readonly url: string }): Promise<'reached' | 'unreached'> {
    const answer = await fetch(new URL('/secondaries', masterUrl), {
      method: 'POST',
      headers: { 'content-type': 'application/json', [nodeHeader]: self.id },
      body: JSON.stringify({ url: self.url, id: self.id }),
      signal: AbortSignal.timeout(registrationTimeoutMs),
    });
    const text = await answer.text();
    const isAnswer = answer.ok && /^application\/json\b/.test(answer.headers.get('content-type') ?? '');
    if (isAnswer) return answer.status === unreachedStatus ? 'unreached' : 'reached';
    const problem = parseProblem(text);
    if (problem?.code === undefined) throw new Error(`${masterUrl} answered ${answer.status}, and not as a node of the log does`);
    throw new LogError(problem.code, problem.detail, problem.facts);
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

function refusalOf(url: string, status: number, text: string): DialRefused {
  const problem = parseProblem(text);
  const detail = problem?.detail ?? `${url} answered ${status} instead of a replication stream`;
  return new DialRefused(detail, { code: problem?.code, facts: problem?.facts ?? {} });
}
