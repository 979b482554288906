/** Appends over HTTP, each with the status that it should get. */

import { Agent, request } from 'node:http';
import type { ProbeLane } from './strikable.ts';

/** While no node leads, all appends sent in the meantime wait, each on a connection. */
const socketsMax = 2000;
/** Longer than any failover that is worth a figure. */
export const probeTimeoutMs = 15_000;

export interface HttpProbe {
  readonly port: number;
  readonly path: string;
  readonly status: number;
  readonly bodyOf: (name: string) => string;
  readonly headersOf?: (name: string) => Readonly<Record<string, string>>;
}

export class HttpLane implements ProbeLane {
  readonly #probe: HttpProbe;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: socketsMax });

  constructor(probe: HttpProbe) {
    this.#probe = probe;
  }

  send(name: string): Promise<void> {
    const { port, path, status, bodyOf, headersOf } = this.#probe;
    return new Promise((resolve, reject) => {
      const call = request(
        {
          port,
          path,
          host: '127.0.0.1',
          method: 'POST',
          agent: this.#agent,
          headers: { 'content-type': 'application/json', ...headersOf?.(name) },
          signal: AbortSignal.timeout(probeTimeoutMs),
        },
        (answer) => {
          answer.resume();
          answer.once('end', () => (answer.statusCode === status ? resolve() : reject(new Error(`status ${answer.statusCode}`))));
          answer.once('error', reject);
        },
      );
      call.once('error', reject);
      call.end(bodyOf(name));
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
