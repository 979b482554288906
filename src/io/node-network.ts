/** Dials other nodes with HTTP Upgrade, and registers this node with the master. */

import { DialRefused } from '../ports/ports.ts';
import type { Network, PeerStream } from '../ports/ports.ts';
import { LogError, parseProblem } from '../api/problems.ts';
import { clusterHeader, nodeHeader } from '../api/headers.ts';
import { membersPath } from '../api/paths.ts';
import { jsonMediaType } from '../api/media-types.ts';
import { firstProtocolName, protocolName } from '../protocol/versions.ts';
import { ChannelAgent } from './channel-agent.ts';
import { Unanswered, httpRequest, readText } from './http-request.ts';
import { InWords, blockedCode } from './in-words.ts';
import { openUpgraded } from './peer-upgrade.ts';
import type { PeerReach } from './peer-upgrade.ts';
import { SocketStream } from './socket-stream.ts';

const registrationTimeoutMs = 5000;
/** Status of a registration whose node could not be reached at its address. */
const unreachedStatus = 202;

interface NodeNetworkParts {
  /** Name of this node. */
  readonly self: string;
  readonly dialTimeoutMs: number;
  readonly reach: PeerReach;
  /** Told of a node with which there was no handshake, whenever it is dialed. */
  readonly noHandshake?: (facts: { readonly url: string; readonly reason: string }) => void;
}

export class NodeNetwork implements Network {
  readonly #parts: NodeNetworkParts;
  readonly #agent: ChannelAgent;

  constructor(parts: NodeNetworkParts) {
    this.#parts = parts;
    this.#agent = new ChannelAgent(parts.reach);
  }

  async dial(url: string, clusterId: string | null): Promise<PeerStream> {
    try {
      return await this.#upgrade(url, clusterId, `${protocolName}, ${firstProtocolName}`);
    } catch (error) {
      if (!isOfFirstVersion(error)) throw error;
      return this.#upgrade(url, clusterId, firstProtocolName);
    }
  }

  async #upgrade(url: string, clusterId: string | null, upgrade: string): Promise<PeerStream> {
    const { self, dialTimeoutMs, reach } = this.#parts;
    const headers: Record<string, string> = { [nodeHeader]: self };
    if (clusterId !== null) headers[clusterHeader] = clusterId;
    const way = { blockList: reach.blockListOf?.(url), knownAs: url };
    try {
      const call = { address: reach.addressOf(url), upgrade, headers, timeoutMs: dialTimeoutMs, ...way };
      const { socket, head } = await openUpgraded(call, reach);
      return new SocketStream(socket, head);
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      if (cause instanceof InWords && cause.code !== blockedCode) this.#parts.noHandshake?.({ url, reason: cause.message });
      throw error;
    }
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
    const { reach } = this.#parts;
    const url = new URL(path, reach.addressOf(nodeUrl));
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(new Error(`no answer within ${registrationTimeoutMs} ms`)), registrationTimeoutMs);
    try {
      const headers = { 'content-type': jsonMediaType, [nodeHeader]: this.#parts.self };
      const answer = await httpRequest(url, {
        method: 'POST',
        headers,
        body,
        agent: this.#agent,
        blockList: reach.blockListOf?.(nodeUrl),
        knownAs: nodeUrl,
        signal: over.signal,
      });
      return { status: answer.statusCode ?? 0, type: answer.headers['content-type'] ?? '', text: await readText(answer) };
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      throw new Error(`${url.origin}: ${error.message}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A node of the first version takes a list for a protocol that it does not know, and says what it speaks. */
function isOfFirstVersion(error: unknown): boolean {
  return error instanceof DialRefused && error.code === 'unknown-protocol' && error.facts['protocol'] === firstProtocolName;
}
