/**
 * An origin for the page without any node behind it: a log as long as a test wants, whose nodes hold, lose and tell what the
 * test says. Routes and events are those of a node and of `rlog dev`.
 */

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pagePolicy } from '../../../src/http/page/routes.ts';
import { entryLine } from './fake-log.ts';
import type { EpochStart } from './fake-log.ts';

const pageFolder = new URL('../../../dist/dashboard/', import.meta.url);
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

export interface FakeNode {
  readonly id: string;
  role: 'leader' | 'follower';
  epoch: number;
  /** One past the last entry it holds. */
  held: number;
  committedEnd: number;
  /** If less than `held`: what the leader shows. */
  visibleEnd: number | undefined;
  epochs: readonly EpochStart[];
  goneReason: string | undefined;
  /** Is there, and cannot read its log. */
  failsReads: boolean;
  /** Reads its log as from a slow disk. */
  isSlow: boolean;
  samples: readonly object[];
  /** Log events that it remembers. */
  events: readonly object[];
}

export interface FakeOriginOptions {
  readonly entryCount: number;
  readonly nodeIds?: readonly string[];
  /** Whose page it is. */
  readonly self?: string | undefined;
}

export class FakeOrigin {
  readonly nodes: readonly FakeNode[];
  /** Paths that were asked for, of messages only. */
  readonly reads: string[] = [];
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  readonly #listeners = new Set<ServerResponse>();
  readonly #self: string | null;

  constructor({ entryCount, nodeIds = ['master', 'secondary1', 'secondary2'], self }: FakeOriginOptions) {
    this.#self = self ?? null;
    this.nodes = nodeIds.map((id, index) => ({
      id,
      role: index === 0 ? 'leader' : 'follower',
      epoch: 1,
      held: entryCount,
      committedEnd: entryCount,
      visibleEnd: undefined,
      epochs: [{ epoch: 1, start: 0 }],
      goneReason: undefined,
      failsReads: false,
      isSlow: false,
      samples: [],
      events: [],
    }));
  }

  node(id: string): FakeNode {
    const node = this.nodes.find((each) => each.id === id);
    if (node === undefined) throw new Error(`no node ${id}`);
    return node;
  }

  /** @returns the page's URL */
  async start(port = 0): Promise<string> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** Tells the page how every node is now. */
  tell(): void {
    for (const node of this.nodes) for (const listener of this.#listeners) this.#tellOf(node, listener);
  }

  tellSample(nodeId: string, sample: object): void {
    for (const listener of this.#listeners) event(listener, 'sample', { node: nodeId, sample });
  }

  #tellOf(node: FakeNode, listener: ServerResponse): void {
    if (node.goneReason !== undefined) event(listener, 'gone', { node: node.id, reason: node.goneReason });
    else event(listener, 'frame', { node: node.id, frame: { at: Date.now(), health: this.#health(node), moments: [] } });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://page');
    const [, first = '', nodeId = '', what, offset] = url.pathname.split('/');
    if (url.pathname === '/nodes') return json(response, this.#list());
    if (url.pathname === '/activities') return this.#activities(response);
    if (first !== 'nodes') return sendPage(url.pathname, response);
    const node = this.nodes.find(({ id }) => id === decodeURIComponent(nodeId));
    if (node === undefined) return problem(response, 404, 'not-found');
    if (node.goneReason !== undefined) return problem(response, 502, 'node-unreachable');
    if (what === 'health') return json(response, this.#health(node));
    if (what === 'history') return json(response, { intervalMs: 1000, samples: node.samples, events: node.events });
    if (what !== 'messages') return problem(response, 404, 'not-found');
    this.reads.push(`${url.pathname}${url.search}`);
    if (node.failsReads) return problem(response, 503, 'not-ready');
    const end = node.visibleEnd ?? node.held;
    if (offset !== undefined) return json(response, entryLine(Number(offset), node.epochs, end));
    const start = Number(url.searchParams.get('from') ?? 0);
    const stop = Math.min(end, start + Number(url.searchParams.get('limit') ?? end));
    response.setHeader('content-type', 'application/x-ndjson');
    await pipeline(Readable.from(linesOf(node, { start, stop, end })), response);
  }

  #activities(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write('retry: 200\n\n');
    event(response, 'nodes', this.#list());
    for (const node of this.nodes) this.#tellOf(node, response);
    this.#listeners.add(response);
    // A page that did not hear it for a while, on a busy machine, hears that all nodes are still there.
    const beat = setInterval(() => {
      event(response, 'beat', {});
      for (const { id, goneReason } of this.nodes) {
        if (goneReason === undefined) event(response, 'frame', { node: id, frame: { at: Date.now(), moments: [] } });
      }
    }, 1000);
    response.once('close', () => {
      clearInterval(beat);
      this.#listeners.delete(response);
    });
  }

  #list(): object {
    return { self: this.#self, hasLab: false, nodes: this.nodes.map((node) => addressOf(node)) };
  }

  #health(node: FakeNode): object {
    const leader = this.nodes.find(({ role, goneReason }) => role === 'leader' && goneReason === undefined);
    const visibleEnd = node.visibleEnd ?? node.held;
    return {
      status: 'healthy',
      server_id: node.id,
      message_count: visibleEnd,
      role: node.role,
      node: node.id,
      cluster: 'fake',
      storage: `disk of ${node.id}`,
      epoch: node.epoch,
      leader: leader === undefined ? null : addressOf(leader),
      leaderSince: null,
      deposedBy: null,
      ends: { logEnd: node.held, durableEnd: node.held, committedEnd: Math.min(node.committedEnd, node.held), visibleEnd },
      members: this.nodes.map((member) => ({
        ...addressOf(member),
        state: 'member',
        health: node.role === 'leader' ? (member.goneReason === undefined ? 'healthy' : 'unhealthy') : null,
        durableEnd: node.role === 'leader' ? member.held : null,
        lagEntries: node.role === 'leader' && member !== node ? node.held - member.held : null,
        lagMs: node.role === 'leader' && member !== node ? (node.held - member.held) * 2 : null,
      })),
      waitingFor: [],
      waitingAppends: 0,
      canStore: true,
      retention: { maxAgeMs: null, maxBytes: null, maxEntries: null, idempotencyWindowMs: 86_400_000 },
      oldestAt: null,
      disk: { freeBytes: 12e9, sizeBytes: 40e9, logBytes: 1_234_567, indexBytes: 0, checkpointBytes: 0, cutBytes: 0 },
      startedAt: '2026-01-01T00:00:00.000Z',
      version: '0.0.0',
    };
  }
}

/** Some at once: a log is long, and lines are short. */
async function* linesOf(node: FakeNode, { start, stop, end }: { readonly start: number; readonly stop: number; readonly end: number }) {
  for (let from = start; from < stop; from += 500) {
    if (node.isSlow) await setTimeout(10);
    const offsets = Array.from({ length: Math.min(500, stop - from) }, (_unused, index) => from + index);
    yield offsets.map((at) => `${entryLine(at, node.epochs, end)}\n`).join('');
  }
}

function addressOf({ id }: FakeNode): { readonly id: string; readonly url: string } {
  return { id, url: `http://${id}.test` };
}

function event(response: ServerResponse, kind: string, data: object): void {
  response.write(`event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`);
}

function json(response: ServerResponse, body: object | string): void {
  response.setHeader('content-type', 'application/json');
  response.end(`${typeof body === 'string' ? body : JSON.stringify(body)}\n`);
}

function problem(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/problem+json' });
  response.end(JSON.stringify({ type: 'about:blank', title: code, status, code, outcome: 'rejected', detail: 'as the test wants it' }));
}

async function sendPage(path: string, response: ServerResponse): Promise<void> {
  const name = path === '/' ? 'index.html' : path.slice(1);
  if (!/^[\w./-]+$/.test(name) || name.includes('..')) return problem(response, 404, 'not-found');
  const bytes = await readFile(fileURLToPath(new URL(name, pageFolder))).catch(() => undefined);
  if (bytes === undefined) return problem(response, 404, 'not-found');
  response.writeHead(200, {
    'content-type': types[extname(name)] ?? 'application/octet-stream',
    'content-security-policy': pagePolicy([]),
  });
  response.end(bytes);
}
