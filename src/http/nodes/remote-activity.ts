/**
 * Reads the `/activity` of one node for as long as a client listens. It reconnects when the stream breaks, and reports
 * the node as gone when it is silent.
 */

import type { IncomingMessage } from 'node:http';
import { EventParser } from '../../api/event-stream-parser.ts';
import { activityPath } from '../../api/paths.ts';
import { parseProblem } from '../../api/problems.ts';
import type { Caller } from '../../trust/caller.ts';
import { eventsType } from '../wire/content-types.ts';
import { callNode } from './node-call.ts';
import type { ListedNode, NodeDirectory } from './node-directory.ts';

const retryAfterMs = 500;
/** A running node sends a frame every second. */
const silenceMsMax = 2500;
/** No event of a node is larger than this. */
const eventBytesMax = 4 * 1024 * 1024;
const refusalBytesMax = 16 * 1024;
const noEvents = 'it does not send events';

export interface ActivityHandlers {
  /** @param data - JSON on one line */
  readonly told: (kind: 'frame' | 'sample', data: string) => void;
  /** The activity cannot be read. Called once for each kind of end, until the node is heard again. */
  readonly gone: (end: ActivityEnd) => void;
}

/** Why an activity cannot be read. */
export interface ActivityEnd {
  readonly reason: string;
  /** The node takes connections and sends nothing: its process or its machine is stopped. */
  readonly isSilent: boolean;
}

export class RemoteActivity {
  readonly #node: ListedNode;
  readonly #from: Pick<NodeDirectory, 'self' | 'agent'>;
  readonly #caller: Caller;
  readonly #handlers: ActivityHandlers;
  readonly #stopped = new AbortController();
  #retryTimer: NodeJS.Timeout | undefined;
  /** The end that was reported last; `undefined` while the node is heard. */
  #end: ActivityEnd | undefined;

  /** @param from - the server whose client listens */
  constructor(
    parts: { readonly node: ListedNode; readonly from: Pick<NodeDirectory, 'self' | 'agent'>; readonly caller: Caller },
    handlers: ActivityHandlers,
  ) {
    this.#node = parts.node;
    this.#from = parts.from;
    this.#caller = parts.caller;
    this.#handlers = handlers;
  }

  get address(): string {
    return this.#node.address;
  }

  start(): void {
    void this.#read().then((end) => {
      if (this.#stopped.signal.aborted) return;
      // A node that was paused may have been killed since: that is another kind of end.
      if (this.#end?.isSilent !== end.isSilent) this.#handlers.gone(end);
      this.#end = end;
      this.#retryTimer = setTimeout(() => this.start(), retryAfterMs);
    });
  }

  stop(): void {
    this.#stopped.abort();
    clearTimeout(this.#retryTimer);
  }

  /** Reads until the stream breaks. @returns why it did */
  async #read(): Promise<ActivityEnd> {
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(), silenceMsMax);
    const signal = AbortSignal.any([silence.signal, this.#stopped.signal]);
    try {
      const { self, agent } = this.#from;
      const call = { method: 'GET', path: activityPath, headers: { accept: eventsType }, self, caller: this.#caller, agent, signal };
      const answer = await callNode(this.#node, call);
      if (answer.statusCode !== 200) return broken(await refusalOf(answer));
      const parser = new EventParser();
      const decoder = new TextDecoder();
      let bytesSinceEvent = 0;
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        timer.refresh();
        const events = parser.push(decoder.decode(chunk, { stream: true }));
        bytesSinceEvent = events.length > 0 ? 0 : bytesSinceEvent + chunk.length;
        if (bytesSinceEvent > eventBytesMax) return broken(noEvents);
        for (const { type, data } of events) {
          if (type === 'frame' || type === 'sample') {
            // It becomes a part of an event of ours: what is more than one value would say what others tell.
            if (!isJsonText(data)) return broken(noEvents);
            this.#tell(type, data);
          } else if (type === 'end') return broken(parseProblem(data)?.detail ?? 'the connection was closed');
        }
      }
      // Aborting the request also ends the loop without an error, since the body ends with its connection.
      return silence.signal.aborted ? silent : broken('the connection was closed');
    } catch (error) {
      if (silence.signal.aborted) return silent;
      return broken(error instanceof Error ? error.message : String(error));
    } finally {
      clearTimeout(timer);
    }
  }

  #tell(kind: 'frame' | 'sample', data: string): void {
    if (this.#stopped.signal.aborted) return;
    if (kind === 'frame') this.#end = undefined;
    // In JSON a line break outside strings may be replaced by a space, and strings have none.
    if (this.#end === undefined) this.#handlers.told(kind, data.replaceAll('\n', ' '));
  }
}

const silent: ActivityEnd = { reason: `nothing was heard from it for ${silenceMsMax} ms`, isSilent: true };

function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function broken(reason: string): ActivityEnd {
  return { reason, isSilent: false };
}

async function refusalOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8');
    if (text.length > refusalBytesMax) break;
  }
  return `it answered ${answer.statusCode ?? 0}: ${parseProblem(text)?.detail ?? 'no reason given'}`;
}
