/**
 * A Lease of Kubernetes (coordination.k8s.io/v1), held as client-go's leader election holds it: every write names the
 * version that it changes, and a lease is free once nobody has renewed it for as long as it says, by the clock of whoever
 * looks. The clocks of others are not believed.
 */

import { readFileSync } from 'node:fs';
import { StoreFailed } from './lease-store.ts';
import type { LeaseStore } from './lease-store.ts';

interface Options {
  /** Of the API server. */
  readonly url: string;
  readonly namespace: string;
  readonly lease: string;
  readonly name: string;
  readonly leaseSeconds: number;
  readonly withinMs: number;
  /** Asked each time: the token of a pod is replaced every hour. `undefined`: the API is asked without one. */
  readonly token: () => string | undefined;
  readonly nowMs?: () => number;
}

interface LeaseSpec {
  readonly holderIdentity?: string | undefined;
  readonly leaseDurationSeconds?: number | undefined;
  readonly acquireTime?: string | undefined;
  readonly renewTime?: string | undefined;
  readonly leaseTransitions?: number | undefined;
}

interface Lease {
  readonly apiVersion: 'coordination.k8s.io/v1';
  readonly kind: 'Lease';
  readonly metadata: { readonly name: string; readonly namespace: string; readonly resourceVersion?: string | undefined };
  readonly spec: LeaseSpec;
}

const ofPod = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Where the API is, and how to ask it: from this pod, whose authority is to be in NODE_EXTRA_CA_CERTS, or as KUBERNETES_URL,
 * KUBERNETES_NAMESPACE and KUBERNETES_TOKEN_FILE say, for example through `kubectl proxy`.
 */
export function kubernetesOf(env: Readonly<Record<string, string | undefined>>): Pick<Options, 'url' | 'namespace' | 'token'> {
  const { KUBERNETES_SERVICE_HOST: host = 'kubernetes.default.svc', KUBERNETES_SERVICE_PORT: port = '443' } = env;
  const { KUBERNETES_URL: given, KUBERNETES_TOKEN_FILE: file = given === undefined ? `${ofPod}/token` : undefined } = env;
  return {
    url: given ?? `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    namespace: env['KUBERNETES_NAMESPACE'] ?? readFileSync(`${ofPod}/namespace`, 'utf8').trim(),
    token: () => (file === undefined ? undefined : readFileSync(file, 'utf8').trim()),
  };
}

export class KubernetesLease implements LeaseStore {
  readonly #options: Options;
  readonly #nowMs: () => number;
  /** What was last seen or written, and since when it has been so. */
  #seen: { readonly lease: Lease; readonly sinceMs: number } | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  async holder(): Promise<string | undefined> {
    const lease = await this.#read();
    return lease === undefined || this.#isFree(lease) ? undefined : lease.spec.holderIdentity;
  }

  async take(): Promise<boolean> {
    const lease = await this.#read();
    const { name, leaseSeconds } = this.#options;
    const now = microTime();
    const spec = { holderIdentity: name, leaseDurationSeconds: leaseSeconds, acquireTime: now, renewTime: now };
    if (lease === undefined) return this.#write('POST', undefined, { ...spec, leaseTransitions: 0 });
    if (!this.#isFree(lease)) return false;
    return this.#write('PUT', lease, { ...spec, leaseTransitions: (lease.spec.leaseTransitions ?? 0) + 1 });
  }

  async renew(): Promise<boolean> {
    const { name } = this.#options;
    const seen = this.#seen?.lease;
    if (seen?.spec.holderIdentity !== name) return false;
    if (await this.#write('PUT', seen, { ...seen.spec, renewTime: microTime() })) return true;
    // Somebody has changed it: perhaps we ourselves, by a write whose answer was lost.
    const lease = await this.#read();
    return lease?.spec.holderIdentity === name && (await this.#write('PUT', lease, { ...lease.spec, renewTime: microTime() }));
  }

  async release(): Promise<void> {
    const lease = await this.#read();
    if (lease?.spec.holderIdentity !== this.#options.name) return;
    // A version that is not the last one any more has another holder.
    await this.#write('PUT', lease, { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime() });
  }

  #isFree({ spec }: Lease): boolean {
    if (spec.holderIdentity === undefined || spec.holderIdentity === '') return true;
    const endsMs = (this.#seen?.sinceMs ?? this.#nowMs()) + (spec.leaseDurationSeconds ?? this.#options.leaseSeconds) * 1000;
    return this.#nowMs() >= endsMs;
  }

  async #read(): Promise<Lease | undefined> {
    const { status, json } = await this.#ask('GET', `/${this.#options.lease}`);
    if (status === 404) return (this.#seen = undefined);
    return this.#note(json as Lease);
  }

  /** @returns `false` if it is another version by now, or there is one already */
  async #write(method: 'POST' | 'PUT', before: Lease | undefined, spec: LeaseSpec): Promise<boolean> {
    const { lease: name, namespace } = this.#options;
    const metadata = { ...before?.metadata, name, namespace };
    const lease: Lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
    const { status, json } = await this.#ask(method, method === 'POST' ? '' : `/${name}`, lease);
    if (status === 409 || status === 404) return false;
    this.#note(json as Lease);
    return true;
  }

  #note(lease: Lease): Lease {
    if (this.#seen?.lease.metadata.resourceVersion !== lease.metadata.resourceVersion) this.#seen = { lease, sinceMs: this.#nowMs() };
    return lease;
  }

  /** @returns an answer, or 404 or 409 @throws StoreFailed */
  async #ask(method: 'GET' | 'POST' | 'PUT', path: string, body?: Lease): Promise<{ readonly status: number; readonly json: unknown }> {
    const { url, namespace, withinMs, token } = this.#options;
    const at = new URL(`/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases${path}`, url).href;
    const headers = new Headers({ accept: 'application/json', 'content-type': 'application/json' });
    try {
      const shown = token();
      if (shown !== undefined) headers.set('authorization', `Bearer ${shown}`);
      const init: RequestInit = { method, headers, signal: AbortSignal.timeout(withinMs) };
      if (body !== undefined) init.body = JSON.stringify(body);
      const answer = await fetch(at, init);
      const text = await answer.text();
      if (answer.ok) return { status: answer.status, json: JSON.parse(text) };
      if (answer.status === 404 || answer.status === 409) return { status: answer.status, json: undefined };
      throw new StoreFailed(`${method} ${at}: ${answer.status} ${text.trim()}`);
    } catch (error) {
      if (error instanceof StoreFailed) throw error;
      const { message, cause } = error as Error;
      throw new StoreFailed(`${method} ${at}: ${cause instanceof Error ? cause.message : message}`);
    }
  }
}

/** The API takes microseconds, all six digits of them. */
function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z');
}
