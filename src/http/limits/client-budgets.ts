/**
 * What one client may use of this node at a time: requests per second, and bytes of requests that are not answered yet. A client
 * is who shows a token, by its name, or else an address. Counting costs one look into a table for each request.
 */

import { LogError } from '../../api/problems.ts';

/** Clients that are remembered: twice as many at most. One that is forgotten begins with all that it may use. */
const rememberedMax = 10_000;

export interface ClientLimits {
  /** `undefined`: no limit. */
  readonly requestsPerSecondMax: number | undefined;
  /** `undefined`: no limit. */
  readonly bytesMax: number | undefined;
}

interface Client {
  /** How many requests it may send at once; as many as in one second at most. */
  allowance: number;
  /** When that was. */
  at: number;
  bytes: number;
}

/** One request of a client, until it is answered. */
export class ClientUse {
  readonly #client: Client;
  readonly #check: (client: Client, bytes: number) => void;
  #bytes = 0;
  #isOver = false;

  constructor(client: Client, check: (client: Client, bytes: number) => void) {
    this.#client = client;
    this.#check = check;
  }

  /** More of its body is here, or was announced. @throws LogError: `too-many-requests` */
  add(bytes: number): void {
    if (this.#isOver) return;
    this.#check(this.#client, bytes);
    this.#bytes += bytes;
    this.#client.bytes += bytes;
  }

  /** It was answered, or its client is gone. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#client.bytes -= this.#bytes;
  }
}

export class ClientBudgets {
  readonly #limits: ClientLimits;
  readonly #now: () => number;
  /** Those that were seen since the others were. */
  #recent = new Map<string, Client>();
  #earlier: ReadonlyMap<string, Client> = new Map();

  /** @param now - in milliseconds, from anywhere on */
  constructor(limits: ClientLimits, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Whether anything is limited. */
  get isOn(): boolean {
    return this.#limits.requestsPerSecondMax !== undefined || this.#limits.bytesMax !== undefined;
  }

  /**
   * A request came.
   * @param bytes - of its body, as far as they are known
   * @throws LogError: `too-many-requests`
   */
  begin(name: string, bytes: number): ClientUse {
    const client = this.#clientOf(name);
    this.#spend(client);
    const use = new ClientUse(client, (of, more) => this.#check(of, more));
    use.add(bytes);
    return use;
  }

  #spend(client: Client): void {
    const { requestsPerSecondMax: max } = this.#limits;
    if (max === undefined) return;
    const now = this.#now();
    client.allowance = Math.min(max, client.allowance + ((now - client.at) / 1000) * max);
    client.at = now;
    if (client.allowance < 1) {
      throw new LogError('too-many-requests', `more than ${max} requests per second came from you`, {
        limit: 'CLIENT_REQUESTS_PER_SECOND_MAX',
        max,
      });
    }
    client.allowance -= 1;
  }

  #check({ bytes: held }: Client, bytes: number): void {
    const { bytesMax: max } = this.#limits;
    // If it holds nothing else, any body is accepted that the node accepts.
    if (max === undefined || held === 0 || held + bytes <= max) return;
    throw new LogError('too-many-requests', `your requests that are not answered yet have ${held} bytes already`, {
      limit: 'CLIENT_BYTES_MAX',
      max,
    });
  }

  #clientOf(name: string): Client {
    const recent = this.#recent.get(name);
    if (recent !== undefined) return recent;
    const client = this.#earlier.get(name) ?? { allowance: this.#limits.requestsPerSecondMax ?? 0, at: this.#now(), bytes: 0 };
    if (this.#recent.size >= rememberedMax) {
      this.#earlier = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(name, client);
    return client;
  }
}
