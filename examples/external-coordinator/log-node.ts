/** The node beside this elector, over HTTP. */

import type { NodeState } from './decide.ts';

/** The parts of `GET /health` that count here. */
interface Health {
  readonly node: string;
  readonly role: 'leader' | 'candidate' | 'follower';
  readonly status: 'healthy' | 'degraded' | 'read-only';
  readonly leader: { readonly id: string } | null;
  readonly electable: boolean;
}

export interface Promotion {
  readonly isDone: boolean;
  /** What the node said. */
  readonly told: string;
}

export interface LogNode {
  /** @returns `undefined` if it does not answer in time */
  look(): Promise<NodeState | undefined>;
  promote(): Promise<Promotion>;
}

interface Options {
  readonly url: string;
  /** With the scope `admin`. */
  readonly token?: string | undefined;
  readonly lookWithinMs: number;
  readonly promoteWithinMs: number;
}

/** For the way to the node and back. */
const travelMs = 1000;

export class HttpNode implements LogNode {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** @throws if the node answers, and does not tell: it needs a token, or is not a node */
  async look(): Promise<NodeState | undefined> {
    let text: string;
    let status: number;
    try {
      const answer = await this.#ask('/health', { signal: AbortSignal.timeout(this.#options.lookWithinMs) });
      status = answer.status;
      text = await answer.text();
    } catch {
      return undefined;
    }
    if (status >= 500) return undefined;
    const health = parsed(text) as Partial<Health>;
    if (health.node === undefined || health.role === undefined) {
      throw new Error(`${this.#options.url}/health does not say how the node is (${status}): ${text.slice(0, 200)}`);
    }
    const { node, role, leader, electable = false } = health;
    return {
      leads: role === 'leader' && health.status !== 'read-only',
      canLead: electable,
      hearsLeader: leader !== null && leader !== undefined && leader.id !== node,
    };
  }

  async promote(): Promise<Promotion> {
    const { promoteWithinMs } = this.#options;
    try {
      const answer = await this.#ask('/promote', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ timeoutMs: promoteWithinMs }),
        signal: AbortSignal.timeout(promoteWithinMs + travelMs),
      });
      return { isDone: answer.ok, told: (await answer.text()).trim() };
    } catch (error) {
      return { isDone: false, told: String(error) };
    }
  }

  #ask(path: string, init: RequestInit): Promise<Response> {
    const { url, token } = this.#options;
    const headers = new Headers(init.headers);
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    return fetch(new URL(path, url), { ...init, headers, redirect: 'error' });
  }
}

function parsed(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
