/**
 * `GET /activities`: the activity of all nodes in one event stream. A browser keeps only a few connections to one
 * server, so a page uses one of these instead of one `/activity` per node.
 */

import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { activitiesPath } from '../../api/paths.ts';
import type { LogError } from '../../api/problems.ts';
import type { Caller } from '../../trust/caller.ts';
import type { Access } from '../access/access.ts';
import { askingOf } from '../access/asking.ts';
import type { Asking } from '../access/asking.ts';
import { directoryJson } from './node-directory.ts';
import type { NodeDirectory, ReachableNodes } from './node-directory.ts';
import { RemoteActivity } from './remote-activity.ts';
import { EventBody, unsentBytesMax } from '../wire/event-body.ts';
import { eventText, openEventStream } from '../wire/event-stream.ts';
import { ListenerLimit } from '../wire/listener-limit.ts';

/** Every listener has a connection to every node. */
const listenersMax = 100;
/** Interval at which the list of nodes is read again. */
const refreshEveryMs = 500;
/** Interval of the beats. A page that hears nothing for several of them knows that its connection is dead. */
const beatEveryMs = 1000;
/** While more than this is unsent, frames and samples are skipped. */
const framesUnsentBytesMax = 128 * 1024;

export class ClusterActivity {
  readonly #directory: NodeDirectory;
  readonly #access: Access;
  readonly #listeners = new Set<ClusterListener>();
  readonly #limit = new ListenerLimit({
    listenersMax,
    listenerCount: () => this.#listeners.size,
    isFull: 'clients listen to the activities here already',
    server: 'server',
  });

  constructor({ directory, access }: ReachableNodes) {
    this.#directory = directory;
    this.#access = access;
  }

  /** @throws LogError */
  async serve(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (request.method !== 'HEAD') this.#limit.admit();
    const asking = askingOf(request.raw);
    const caller = this.#access.callerOf(asking);
    const socket = await openEventStream(request, reply);
    if (socket !== undefined) this.#listen(socket, { asking, caller });
    return reply;
  }

  #listen(socket: Socket, { asking, caller }: { readonly asking: Asking; readonly caller: Caller }): void {
    const body = new EventBody(socket, activitiesPath);
    if (this.#limit.isStopped) {
      body.end(this.#limit.stopping);
      return;
    }
    const listener = new ClusterListener(body, { socket, directory: this.#directory, caller });
    this.#listeners.add(listener);
    socket.once('close', () => {
      this.#listeners.delete(listener);
      listener.stop();
    });
    socket.once(
      'close',
      this.#access.hold(asking, 'read', (why) => listener.end(why)),
    );
  }

  /** Sends every listener its last event. */
  stop(): void {
    this.#limit.stop();
    for (const listener of this.#listeners) listener.end(this.#limit.stopping);
  }
}

/** One client that listens. */
class ClusterListener {
  readonly #socket: Socket;
  readonly #body: EventBody;
  readonly #directory: NodeDirectory;
  readonly #caller: Caller;
  readonly #nodes = new Map<string, RemoteActivity>();
  /** By node: the newest frame with its health, if that was skipped. */
  readonly #owed = new Map<string, string>();
  readonly #timers: readonly NodeJS.Timeout[];
  #listed = '';

  constructor(
    body: EventBody,
    { socket, directory, caller }: { readonly socket: Socket; readonly directory: NodeDirectory; readonly caller: Caller },
  ) {
    this.#socket = socket;
    this.#body = body;
    this.#directory = directory;
    this.#caller = caller;
    socket.on('drain', () => this.#payOwed());
    this.#timers = [setInterval(() => this.#refreshNodes(), refreshEveryMs), setInterval(() => this.#say('beat', '{}'), beatEveryMs)];
    this.#refreshNodes();
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const node of this.#nodes.values()) node.stop();
    this.#nodes.clear();
  }

  end(problem: LogError): void {
    this.stop();
    this.#body.end(problem);
  }

  #refreshNodes(): void {
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
      const activity = new RemoteActivity(
        { node, from: this.#directory, caller: this.#caller },
        {
          told: (kind, data) => this.#pass(id, kind, `{"node":${name},"${kind}":${data}}`),
          gone: ({ reason, isSilent }) => this.#say('gone', JSON.stringify({ node: id, reason, ...(isSilent && { isSilent }) })),
        },
      );
      this.#nodes.set(id, activity);
      activity.start();
    }
  }

  /**
   * Skips frames and samples that a slow client has no room for. A node reports a change of its health only once, so a
   * skipped frame with health is sent later.
   */
  #pass(id: string, kind: 'frame' | 'sample', data: string): void {
    if (this.#body.unsentBytes <= framesUnsentBytesMax) {
      if (kind === 'frame') this.#owed.delete(id);
      this.#say(kind, data);
    } else if (kind === 'frame' && hasHealth(data)) this.#owed.set(id, data);
  }

  #payOwed(): void {
    for (const data of this.#owed.values()) this.#say('frame', data);
    this.#owed.clear();
  }

  /** Disconnects a client that does not even read the little that is sent while frames are skipped. */
  #say(event: string, data: string): void {
    if (this.#body.unsentBytes > unsentBytesMax) this.#socket.destroy();
    else this.#body.write(eventText(event, data));
  }
}

function hasHealth(data: string): boolean {
  const { frame } = JSON.parse(data) as { readonly frame: { readonly health?: unknown } };
  return frame.health !== undefined;
}
