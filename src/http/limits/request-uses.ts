/** Counts the requests that the framework handles for their clients, from their heads to their answers. */

import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from '../access/access.ts';
import { needOf } from '../access/scopes.ts';
import type { ClientBudgets, ClientUse } from './client-budgets.ts';
import { clientNameOf } from './client-name.ts';

export class RequestUses {
  readonly #clients: ClientBudgets;
  readonly #access: Pick<Access, 'callerOf'>;
  /** Those of requests whose length nobody knows yet. */
  readonly #growing = new WeakMap<IncomingMessage, ClientUse>();

  constructor(clients: ClientBudgets, access: Pick<Access, 'callerOf'>) {
    this.#clients = clients;
    this.#access = access;
  }

  /** @throws LogError: `too-many-requests` */
  begin({ raw, method, routeOptions }: FastifyRequest, reply: FastifyReply): void {
    if (!this.#clients.isOn) return;
    // What restarts or replaces a node by its answer must hear it, whoever else has its address.
    if (routeOptions.url !== undefined && needOf(method, routeOptions.url) === 'status') return;
    const name = clientNameOf(this.#access, raw);
    if (name === undefined) return;
    const announced = raw.headers['content-length'];
    const use = this.#clients.begin(name, Number(announced ?? 0));
    reply.raw.once('close', () => use.end());
    if (announced === undefined) this.#growing.set(raw, use);
  }

  /** More of a body arrived. @throws LogError: `too-many-requests` */
  arrived(request: IncomingMessage, bytes: number): void {
    this.#growing.get(request)?.add(bytes);
  }
}
