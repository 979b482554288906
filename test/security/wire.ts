/** A connection to a node by somebody who may say anything on it, and the head of a request for a stream. */

import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { proofHeader, clusterHeader, nodeHeader } from '../../src/api/headers.ts';
import { replicatePath } from '../../src/api/paths.ts';

export interface HeadParts {
  readonly upgrade?: string;
  /** Names of keys; left out: none is offered. */
  readonly proof?: string | undefined;
  readonly node?: string;
  readonly cluster?: string;
}

export function requestHead({ upgrade = 'rlog/2, rlog/1', proof, node, cluster }: HeadParts): Buffer {
  const lines = [`GET ${replicatePath} HTTP/1.1`, 'host: 127.0.0.1', 'connection: Upgrade', `upgrade: ${upgrade}`];
  if (proof !== undefined) lines.push(`${proofHeader}: ${proof}`);
  if (node !== undefined) lines.push(`${nodeHeader}: ${node}`);
  if (cluster !== undefined) lines.push(`${clusterHeader}: ${cluster}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

export class Wire {
  readonly socket: Socket;
  heard = Buffer.alloc(0);
  isClosed = false;
  #told: (() => void)[] = [];

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('error', () => undefined);
    this.socket.on('data', (chunk: Buffer) => {
      this.heard = Buffer.concat([this.heard, chunk]);
      this.#tell();
    });
    this.socket.once('close', () => {
      this.isClosed = true;
      this.#tell();
    });
  }

  write(bytes: Uint8Array): void {
    if (this.socket.writable) this.socket.write(bytes);
  }

  /** @returns whether it came to that before the connection was closed, or the time was up */
  async until(isMet: () => boolean, ms = 12_000): Promise<boolean> {
    const deadline = performance.now() + ms;
    while (!isMet()) {
      const leftMs = deadline - performance.now();
      if (this.isClosed || leftMs <= 0) return false;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#told.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return true;
  }

  /** The head of the answer, once it is there. */
  get head(): string | undefined {
    const end = this.heard.indexOf('\r\n\r\n');
    return end === -1 ? undefined : this.heard.toString('latin1', 0, end + 4);
  }

  /** What came after the head of the answer. */
  get rest(): Buffer {
    return this.heard.subarray(this.head?.length ?? this.heard.length);
  }

  /** Asks for a stream. @returns whether the node goes on to the proof */
  async ask(head: Buffer): Promise<boolean> {
    this.write(head);
    await this.until(() => this.head !== undefined);
    return this.head?.startsWith('HTTP/1.1 101 ') === true;
  }

  /** The node ends it, without this side having done so. */
  async isEnded(ms = 12_000): Promise<boolean> {
    await this.until(() => false, ms);
    return this.isClosed;
  }

  #tell(): void {
    const told = this.#told;
    this.#told = [];
    for (const each of told) each();
  }
}
