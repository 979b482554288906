/** Reads an event stream as it comes over the wire. */

import { request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { TestNode } from './nodes.ts';
import { waitFor } from './wait.ts';

export interface StreamEvent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

export class EventStream implements Disposable {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly #answer: IncomingMessage;
  /** What begins an event that is not complete yet. */
  #rest = '';
  /** Everything so far. */
  text = '';
  /** The complete events so far. */
  readonly events: StreamEvent[] = [];
  isClosed = false;

  private constructor(answer: IncomingMessage) {
    this.#answer = answer;
    this.status = answer.statusCode ?? 0;
    this.headers = answer.headers;
    answer.setEncoding('utf8');
    answer.on('data', (chunk: string) => this.#take(chunk));
    answer.once('close', () => {
      this.isClosed = true;
    });
    answer.on('error', () => undefined);
  }

  /** Opens a stream of messages. Resolves when the answer begins. */
  static open(node: Pick<TestNode, 'url'>, query = '', headers: Readonly<Record<string, string>> = {}): Promise<EventStream> {
    return EventStream.openAt(`${node.url}/messages${query}`, headers);
  }

  /** Opens any event stream. */
  static openAt(url: string, headers: Readonly<Record<string, string>> = {}): Promise<EventStream> {
    return new Promise((resolve, reject) => {
      const call = request(url, { headers: { accept: 'text/event-stream', ...headers }, agent: false });
      call.once('response', (answer) => resolve(new EventStream(answer)));
      call.once('error', reject);
      call.end();
    });
  }

  get messages(): unknown[] {
    return this.events.filter(({ event }) => event === 'message').map(({ data }) => data['message']);
  }

  get ids(): (string | undefined)[] {
    return this.events.filter(({ event }) => event === 'message').map(({ id }) => id);
  }

  /** The ids without the mark of the log, where the mark is that of the node's log. */
  get places(): (string | undefined)[] {
    const mark = (this.headers['rlog-cluster'] as string).slice(0, 8);
    return this.ids.map((id) => (id?.endsWith(`@${mark}`) === true ? id.slice(0, -mark.length - 1) : id));
  }

  get end(): StreamEvent | undefined {
    return this.events.find(({ event }) => event === 'end');
  }

  #take(chunk: string): void {
    this.text += chunk;
    const blocks = `${this.#rest}${chunk}`.split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const lines = block.split('\n');
      const field = (name: string): string | undefined => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const data = field('data');
      if (data === undefined) continue;
      this.events.push({ id: field('id'), event: field('event') ?? 'message', data: JSON.parse(data) as Record<string, unknown> });
    }
  }

  async hears(count: number): Promise<void> {
    await waitFor(`${count} messages on the stream`, () => this.messages.length >= count);
  }

  async ends(): Promise<Record<string, unknown>> {
    await waitFor('the stream ends', () => this.isClosed);
    return this.end?.data ?? {};
  }

  pause(): void {
    this.#answer.pause();
  }

  resume(): void {
    this.#answer.resume();
  }

  close(): void {
    this.#answer.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
