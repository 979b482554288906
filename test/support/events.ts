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
  text = '';
  isClosed = false;

  private constructor(answer: IncomingMessage) {
    this.#answer = answer;
    this.status = answer.statusCode ?? 0;
    this.headers = answer.headers;
    answer.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('utf8');
    });
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

  /** The complete events so far. */
  get events(): StreamEvent[] {
    const whole = this.text.slice(0, this.text.lastIndexOf('\n\n') + 1);
    return whole.split('\n\n').flatMap((block) => {
      const lines = block.split('\n');
      const field = (name: string): string | undefined => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const data = field('data');
      return data === undefined
        ? []
        : [{ id: field('id'), event: field('event') ?? 'message', data: JSON.parse(data) as Record<string, unknown> }];
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
