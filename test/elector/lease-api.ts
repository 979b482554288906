/**
 * A stand-in for the part of Kubernetes' API that leases need: it checks what it gets against the schema, and refuses a
 * write that names another version than the last one, as the real one does.
 */

import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { validate } from 'kubernetes-models/_schemas/IoK8sApiCoordinationV1Lease';

export interface StoredLease {
  metadata: { name: string; namespace: string; resourceVersion: string };
  spec: { holderIdentity?: string; leaseDurationSeconds?: number; acquireTime?: string; renewTime?: string; leaseTransitions?: number };
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

const path = /^\/apis\/coordination\.k8s\.io\/v1\/namespaces\/([^/]+)\/leases(?:\/([^/]+))?$/;
/** As Go parses it: six digits, no fewer. */
const microTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

export class LeaseApi implements AsyncDisposable {
  readonly token = 'token-of-the-pod';
  readonly leases = new Map<string, StoredLease>();
  /** Answers, until it is set again, nobody. */
  isAway = false;
  /** Carries the next write out, and does not answer it. */
  losesNextAnswer = false;
  readonly #server: Server;
  #version = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request).then((answer) => {
        if (answer === undefined) return request.socket.destroy();
        return response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
      });
    });
  }

  static async start(): Promise<LeaseApi> {
    const api = new LeaseApi();
    await new Promise<void>((resolve) => api.#server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage): Promise<Answer | undefined> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    if (this.isAway) return undefined;
    const answer = this.#carryOut(request, Buffer.concat(chunks).toString('utf8'));
    if (request.method === 'GET' || !this.losesNextAnswer) return answer;
    this.losesNextAnswer = false;
    return undefined;
  }

  #carryOut({ method = '', url = '', headers }: IncomingMessage, text: string): Answer {
    if (headers.authorization !== `Bearer ${this.token}`) return status(401, 'Unauthorized');
    const [, namespace, name] = path.exec(url) ?? [];
    if (namespace === undefined) return status(404, 'NotFound');
    if (method === 'GET') {
      const lease = this.leases.get(name ?? '');
      return lease === undefined ? status(404, 'NotFound') : { status: 200, body: lease };
    }
    const lease = JSON.parse(text) as StoredLease;
    if (!validate(lease)) return status(422, 'Invalid');
    const { acquireTime, renewTime } = lease.spec;
    for (const time of [acquireTime, renewTime]) if (time !== undefined && !microTime.test(time)) return status(400, 'BadRequest');
    const stored = this.leases.get(lease.metadata.name);
    if (method === 'POST' && name === undefined) {
      if (stored !== undefined) return status(409, 'AlreadyExists');
      if (lease.metadata.resourceVersion !== undefined) return status(400, 'BadRequest');
      return { status: 201, body: this.#store(lease) };
    }
    if (method !== 'PUT' || name !== lease.metadata.name) return status(405, 'MethodNotAllowed');
    if (stored === undefined) return status(404, 'NotFound');
    if (stored.metadata.resourceVersion !== lease.metadata.resourceVersion) return status(409, 'Conflict');
    return { status: 200, body: this.#store(lease) };
  }

  #store(lease: StoredLease): StoredLease {
    this.#version += 1;
    const stored = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(this.#version) } };
    this.leases.set(lease.metadata.name, stored);
    return stored;
  }
}

function status(code: number, reason: string): Answer {
  return { status: code, body: { apiVersion: 'v1', kind: 'Status', status: 'Failure', code, reason } };
}
