/**
 * `GET /activities`: what all nodes say of themselves, on one event stream. A browser keeps few connections to one
 * server, so a page has one of these instead of one `/activity` per node.
 */

import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { activitiesPath } from '../../api/paths.ts';
import { LogError } from '../../api/problems.ts';
import { showWhetherGone } from '../wire/half-closed.ts';
import { directoryJson } from './node-directory.ts';
import type { NodeDirectory } from './node-directory.ts';
import { NodeActivity } from './remote-activity.ts';
import { drawRetryMs, heartbeat, lastEvent, retryField } from '../wire/event-body.ts';
import { eventHeaders } from '../wire/representations.ts';

/** Each has a connection to every node. */
const listenersMax = 100;
/** Between two looks whether the list of nodes changed. */
const lookEveryMs = 500;
/** A page that hears nothing for longer than a few of these knows that nobody tells it anything any more. */
const beatEveryMs = 1000;
/** While more than this is not taken, frames and samples are left out. */
const unsentBytesMax = 128 * 1024;
/** Who does not even take what little is said then is let go. */
const unsentBytesLimit = 1024 * 1024;

export class Activities {
  readonly #directory: NodeDirectory;
  readonly #listeners = new Set<ActivitiesListener>();
  #isStopped = false;

  constructor(directory: NodeDirectory) {
    this.#directory = directory;
  }

  /** @throws LogError */
  serve(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (this.#isStopped) throw stopping();
    if (this.#listeners.size >= listenersMax) {
      throw new LogError('too-many-listeners', `${listenersMax} listen to the activities here already`);
    }
    void reply.hijack();
    const listener = new ActivitiesListener(reply.raw, this.#directory);
    this.#listeners.add(listener);
    reply.raw.once('close', () => {
      this.#listeners.delete(listener);
      listener.stop();
    });
    return reply;
  }

  /** The last event for everybody. */
  stop(): void {
    this.#isStopped = true;
    for (const listener of this.#listeners) listener.end();
  }
}

/** One who listens. */
class ActivitiesListener {
  readonly #response: ServerResponse;
  readonly #directory: NodeDirectory;
  readonly #nodes = new Map<string, NodeActivity>();
  /** The newest frame of a node that tells its health and was left out. */
  readonly #owed = new Map<string, string>();
  readonly #timers: readonly NodeJS.Timeout[];
  #listed = '';

  constructor(response: ServerResponse, directory: NodeDirectory) {
    this.#response = response;
    this.#directory = directory;
    response.writeHead(200, eventHeaders);
    response.write(retryField(drawRetryMs()));
    response.on('drain', () => this.#payOwed());
    this.#timers = [setInterval(() => this.#look(), lookEveryMs), setInterval(() => this.#say('beat', '{}'), beatEveryMs)];
    if (response.socket !== null) showWhetherGone(response.socket, () => void response.write(heartbeat));
    this.#look();
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const node of this.#nodes.values()) node.stop();
    this.#nodes.clear();
  }

  end(): void {
    this.stop();
    this.#response.end(lastEvent(stopping(), activitiesPath));
  }

  #look(): void {
    const document = directoryJson(this.#directory);
    const text = JSON.stringify(document);
    if (text === this.#listed) return;
    this.#listed = text;
    this.#say('nodes', text);
    const wanted = new Map(this.#directory.list().map((node) => [node.id, node]));
    for (const [id, node] of this.#nodes) {
      if (wanted.get(id)?.address === node.address) continue;
      node.stop();
      this.#nodes.delete(id);
      this.#owed.delete(id);
    }
    for (const [id, node] of wanted) {
      if (this.#nodes.has(id)) continue;
      const name = JSON.stringify(id);
      const activity = new NodeActivity(
        { node, from: this.#directory },
        {
          told: (kind, data) => this.#pass(id, kind, `{"node":${name},"${kind}":${data}}`),
          gone: ({ reason, isSilent }) => this.#say('gone', JSON.stringify({ node: id, reason, ...(isSilent && { isSilent }) })),
        },
      );
      this.#nodes.set(id, activity);
      activity.start();
    }
  }

  /** Never more than a slow reader takes. What a node says of its health it says only once, so that is made up for. */
  #pass(id: string, kind: 'frame' | 'sample', data: string): void {
    if (this.#response.writableLength <= unsentBytesMax) {
      if (kind === 'frame') this.#owed.delete(id);
      this.#say(kind, data);
    } else if (kind === 'frame' && hasHealth(data)) this.#owed.set(id, data);
  }

  #payOwed(): void {
    for (const data of this.#owed.values()) this.#say('frame', data);
    this.#owed.clear();
  }

  #say(event: string, data: string): void {
    if (this.#response.writableLength > unsentBytesLimit) this.#response.destroy();
    else this.#response.write(`event: ${event}\ndata: ${data}\n\n`);
  }
}

function stopping(): LogError {
  return new LogError('shutting-down', 'this server is shutting down');
}

function hasHealth(data: string): boolean {
  const { frame } = JSON.parse(data) as { readonly frame: { readonly health?: unknown } };
  return frame.health !== undefined;
}
