/** The `/activity` of one node, for as long as somebody listens: tried again when it breaks, and given up for gone when it is silent. */

import type { IncomingMessage } from 'node:http';
import { EventParser } from '../../api/event-stream-parser.ts';
import { activityPath } from '../../api/paths.ts';
import { parseProblem } from '../../api/problems.ts';
import { eventsType } from '../wire/content-types.ts';
import { callNode } from './node-call.ts';
import type { ListedNode, NodeDirectory } from './node-directory.ts';

const retryAfterMs = 500;
/** A node that runs says something every second. */
const silenceMsMax = 2500;
/** An event larger than this is none of ours. */
const eventBytesMax = 4 * 1024 * 1024;
const refusalBytesMax = 16 * 1024;

export interface ActivityHandlers {
  /** @param data - JSON, in one line */
  readonly told: (kind: 'frame' | 'sample', data: string) => void;
  /** Its activity cannot be read; said once of each kind, until something is told again. */
  readonly gone: (end: ActivityEnd) => void;
}

/** Why an activity cannot be read. */
export interface ActivityEnd {
  readonly reason: string;
  /** It takes connections and says nothing: its process is stopped, or its machine is. */
  readonly isSilent: boolean;
}

export class RemoteActivity {
  readonly #node: ListedNode;
  readonly #from: Pick<NodeDirectory, 'self' | 'lookup'>;
  readonly #handlers: ActivityHandlers;
  readonly #stopped = new AbortController();
  #retryTimer: NodeJS.Timeout | undefined;
  /** As it was said; `undefined` while the node speaks. */
  #end: ActivityEnd | undefined;

  /** @param from - who listens */
  constructor(parts: { readonly node: ListedNode; readonly from: Pick<NodeDirectory, 'self' | 'lookup'> }, handlers: ActivityHandlers) {
    this.#node = parts.node;
    this.#from = parts.from;
    this.#handlers = handlers;
  }

  get address(): string {
    return this.#node.address;
  }

  start(): void {
    void this.#read().then((end) => {
      if (this.#stopped.signal.aborted) return;
      // One that was paused may be killed meanwhile.
      if (this.#end?.isSilent !== end.isSilent) this.#handlers.gone(end);
      this.#end = end;
      this.#retryTimer = setTimeout(() => this.start(), retryAfterMs);
    });
  }

  stop(): void {
    this.#stopped.abort();
    clearTimeout(this.#retryTimer);
  }

  /** Until it breaks. @returns why */
  async #read(): Promise<ActivityEnd> {
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(), silenceMsMax);
    const signal = AbortSignal.any([silence.signal, this.#stopped.signal]);
    try {
      const { self, lookup } = this.#from;
      const call = { method: 'GET', path: activityPath, headers: { accept: eventsType }, self, lookup, signal };
      const answer = await callNode(this.#node, call);
      if (answer.statusCode !== 200) return broken(await refusalOf(answer));
      const parser = new EventParser();
      const decoder = new TextDecoder();
      let bytesSinceEvent = 0;
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        timer.refresh();
        const events = parser.push(decoder.decode(chunk, { stream: true }));
        bytesSinceEvent = events.length > 0 ? 0 : bytesSinceEvent + chunk.length;
        if (bytesSinceEvent > eventBytesMax) return broken('what it says are no events');
        for (const { type, data } of events) {
          if (type === 'frame' || type === 'sample') this.#tell(type, data);
          else if (type === 'end') return broken(parseProblem(data)?.detail ?? 'the connection was closed');
        }
      }
      // An answer that ends with its connection ends as well where we broke it off.
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
    // JSON has line breaks only where a space would do.
    if (this.#end === undefined) this.#handlers.told(kind, data.replaceAll('\n', ' '));
  }
}

const silent: ActivityEnd = { reason: `nothing was heard of it for ${silenceMsMax} ms`, isSilent: true };

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
