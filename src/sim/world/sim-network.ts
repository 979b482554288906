/**
 * A simulated network: streams keep their order, are late, break, and are cut in one direction or both. What was in flight
 * when a stream broke may or may not have arrived.
 */

import type { DialRefused, Network, PeerStream } from '../../ports/ports.ts';
import type { Random } from './random.ts';
import { claim } from './claim.ts';
import type { SimClock } from './sim-clock.ts';
import type { Registration } from '../../core/model/events.ts';
import type { NodeId } from '../../core/model/numbers.ts';
import type { Driver } from '../../driver/driver.ts';
import type { ForwardIdentities } from '../../http/leader/forward-identities.ts';
import type { LeaderWatch } from '../../http/leader/leader-watch.ts';
import type { World } from './world.ts';

/** A process that gets an HTTP request, and what it needs to answer it. */
export interface CalledProcess {
  readonly url: string;
  readonly clock: SimClock;
  readonly driver: Driver;
  readonly leaderWatch: LeaderWatch;
  readonly forwardIdentities: ForwardIdentities;
  readonly config: { readonly serverId: NodeId; readonly masterUrl: string | undefined };
}

/** A node that can get HTTP requests. */
interface Callee {
  /** @throws Error if the process ends meanwhile */
  readonly call: <T>(ask: (process: CalledProcess) => Promise<T>) => Promise<T>;
}

/** A process that listens at an address. */
export interface SimHost {
  readonly url: string;
  readonly clock: SimClock;
  readonly accept: (stream: PeerStream) => void;
  /** Its answer to a caller of that cluster, if it refuses the caller. */
  readonly refuse: (clusterId: string | null) => DialRefused | undefined;
  readonly node: Callee;
  /** `POST /secondaries`, served by the leader. */
  readonly register: (url: string, by: { readonly id: NodeId; readonly isByHand: boolean }) => Promise<Registration>;
}

/** Room for the window of a delayed follower and a chunk for a candidate, but not for a whole log sent without flow control. */
const underWayBytesMax = 2 * 1024 * 1024;

/** How long it may take to find out that a name does not resolve. */
const lookUpMsMax = 5000;

/** Another name of the same machine, as `localhost` is for 127.0.0.1. */
export function secondNameOf(url: string): string {
  return url.replace(/:(\d+)$/, '.too:$1');
}

function placeOf(url: string): string {
  return url.replace('.too:', ':');
}

interface Ends {
  readonly caller: End;
  readonly listener: End;
}

export class SimNetwork {
  readonly #world: World;
  readonly #random: Random;
  readonly #hosts = new Map<string, SimHost>();
  /** `from>to` of addresses between which nothing passes. */
  readonly #cuts = new Set<string>();
  /** `from>to` -> the extra delay on that link. */
  readonly #delays = new Map<string, number>();
  /** Addresses whose names do not resolve; open streams continue. */
  readonly #lostNames = new Set<string>();
  /** Look-ups that will fail, also if the name resolves again meanwhile. */
  readonly #lookUps: string[] = [];
  #open: Ends[] = [];
  latencyMs = 0.3;
  jitterMs = 0.5;

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
  }

  listen(host: SimHost): void {
    this.#hosts.set(host.url, host);
  }

  /** The process is gone: its streams break. */
  leave(url: string): void {
    this.#hosts.delete(url);
    for (const ends of this.#open) if (ends.caller.url === url || ends.listener.url === url) this.#break(ends);
    this.#sweep();
  }

  cut(from: string, to: string): void {
    this.#cuts.add(`${from}>${to}`);
  }

  /** Both ways. */
  mend(one: string, other: string): void {
    this.#cuts.delete(`${one}>${other}`);
    this.#cuts.delete(`${other}>${one}`);
  }

  slow(from: string, to: string, ms: number): void {
    this.#delays.set(`${from}>${to}`, ms);
  }

  /** Both ways. */
  hasten(one: string, other: string): void {
    this.#delays.delete(`${one}>${other}`);
    this.#delays.delete(`${other}>${one}`);
  }

  loseName(url: string): void {
    this.#lostNames.add(url);
  }

  findName(url: string): void {
    this.#lostNames.delete(url);
  }

  heal(): void {
    this.#cuts.clear();
    this.#delays.clear();
    this.#lostNames.clear();
  }

  breakSomeStream(): void {
    this.#sweep();
    if (this.#open.length > 0) this.#break(this.#random.pick(this.#open));
  }

  reaches(from: string, to: string): boolean {
    return !this.#cuts.has(`${placeOf(from)}>${placeOf(to)}`);
  }

  /** Whether a new stream can be opened, and what is sent on it arrives soon. */
  isOpen(from: string, to: string): boolean {
    const isLookedUp = this.#lostNames.has(placeOf(to)) || this.#lookUps.includes(`${from}>${placeOf(to)}`);
    return this.reaches(from, to) && !isLookedUp && this.#delayMs(from, to) === 0;
  }

  travelMs(from: string, to: string): number {
    return this.latencyMs + this.#random.next() * this.jitterMs + this.#delayMs(from, to);
  }

  #delayMs(from: string, to: string): number {
    return this.#delays.get(`${placeOf(from)}>${placeOf(to)}`) ?? 0;
  }

  /** The network as the node at `url` sees it. */
  for(self: Pick<SimHost, 'url' | 'clock'>): Network {
    return {
      dial: async (url, clusterId) => {
        const host = await this.visit(self.url, url);
        const refused = host.refuse(clusterId);
        await this.trip(url, self.url);
        if (refused !== undefined) throw refused;
        if (this.#hosts.get(placeOf(url)) !== host) throw new Error(`${url} went away`);
        const ends = this.#connect(self, host);
        host.clock.deliver(() => host.accept(ends.listener));
        return ends.caller;
      },
      register: async (masterUrl, node) => {
        const host = await this.visit(self.url, masterUrl);
        // A master that dies meanwhile never answers; the caller gives up.
        const by = { id: node.id, isByHand: false };
        const answer = await Promise.race([host.register(node.url, by), this.#world.wait(5000)]);
        if (answer === undefined) throw new Error(`${masterUrl} did not answer`);
        return answer.state === 'unreached' ? 'unreached' : 'reached';
      },
    };
  }

  /** @throws Error if nothing listens there, or there is no way */
  async visit(from: string, to: string): Promise<SimHost> {
    if (this.#lostNames.has(placeOf(to))) {
      const way = `${from}>${placeOf(to)}`;
      this.#lookUps.push(way);
      await this.#world.wait(this.#random.between(0, lookUpMsMax));
      this.#lookUps.splice(this.#lookUps.indexOf(way), 1);
      throw new Error(`no such host: ${to}`);
    }
    await this.trip(from, to);
    const host = this.#hosts.get(placeOf(to));
    if (host === undefined) throw new Error(`nobody listens at ${to}`);
    return host;
  }

  /** One way. @throws Error if there is none */
  async trip(from: string, to: string): Promise<void> {
    await this.#world.wait(this.travelMs(from, to));
    if (this.reaches(from, to)) return;
    await this.#world.wait(1000);
    throw new Error(`no way from ${from} to ${to}`);
  }

  #connect(caller: Pick<SimHost, 'url' | 'clock'>, listener: Pick<SimHost, 'url' | 'clock'>): Ends {
    const ends: Ends = {
      caller: new End(this, this.#world, caller),
      listener: new End(this, this.#world, listener),
    };
    ends.caller.other = ends.listener;
    ends.listener.other = ends.caller;
    this.#open.push(ends);
    return ends;
  }

  #break(ends: Ends): void {
    ends.caller.breakOff();
    ends.listener.breakOff();
  }

  #sweep(): void {
    this.#open = this.#open.filter((ends) => !ends.caller.isOver || !ends.listener.isOver);
  }
}

class End implements PeerStream {
  readonly url: string;
  other: End | undefined;
  readonly #network: SimNetwork;
  readonly #world: World;
  readonly #clock: SimClock;
  #handlers: Parameters<PeerStream['handle']>[0] | undefined;
  #isOver = false;
  #isClosing = false;
  /** Nothing arrives before what was sent before it. */
  #lastArrival = 0;
  readonly #underWay: (() => void)[] = [];
  #underWayBytes = 0;
  #early: Buffer[] = [];

  constructor(network: SimNetwork, world: World, host: Pick<SimHost, 'url' | 'clock'>) {
    this.#network = network;
    this.#world = world;
    this.#clock = host.clock;
    this.url = host.url;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  send(pieces: readonly Uint8Array[]): void {
    if (this.#isOver || this.#isClosing) return;
    const chunk = Buffer.concat(pieces);
    this.#underWayBytes += chunk.length;
    claim(this.#underWayBytes <= underWayBytesMax, () => `the bytes in flight are bounded: ${this.#underWayBytes} bytes`);
    this.#later(() => {
      this.#underWayBytes -= chunk.length;
      this.other?.arrive(chunk);
    });
  }

  close(): void {
    if (this.#isOver || this.#isClosing) return;
    this.#isClosing = true;
    this.#later(() => {
      this.breakOff();
      this.other?.breakOff();
    });
  }

  handle(handlers: Parameters<PeerStream['handle']>[0]): void {
    this.#handlers = handlers;
    for (const chunk of this.#early) this.#clock.deliver(() => handlers.received(chunk));
    this.#early = [];
    if (this.#isOver) this.#clock.deliver(() => handlers.lost());
  }

  arrive(chunk: Buffer): void {
    if (this.#isOver) return;
    const handlers = this.#handlers;
    if (handlers === undefined) this.#early.push(chunk);
    else this.#clock.deliver(() => handlers.received(chunk));
  }

  breakOff(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const handlers = this.#handlers;
    if (handlers !== undefined) this.#clock.deliver(() => handlers.lost());
  }

  /** On a cut link, what was sent waits in order until it can pass, as with TCP, or until the stream breaks. */
  #later(run: () => void): void {
    this.#lastArrival = Math.max(this.#lastArrival, this.#world.now + this.#network.travelMs(this.url, this.other?.url ?? ''));
    this.#underWay.push(run);
    this.#world.after(this.#lastArrival - this.#world.now, () => this.#pump());
  }

  #pump(): void {
    if (this.#underWay.length === 0) return;
    const to = this.other?.url ?? '';
    if (this.#network.reaches(this.url, to)) this.#underWay.shift()?.();
    else if (!this.#isOver) this.#world.after(200, () => this.#pump());
  }
}
