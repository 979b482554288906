/**
 * What the page knows of the cluster, from its one event stream. What comes is taken in at once; those who watch are told
 * once per animation frame, however much came.
 */

import { activitiesPath } from '../../api/paths.ts';
import { clusterView, nothingHeard } from './cluster-view.ts';
import type { Heard } from './cluster-view.ts';
import { Hearing, checkEveryMs } from './hearing.ts';
import type { ClusterEvents, Frame, Sample } from '../../api/activity.ts';
import type { NodeList } from '../../api/members.ts';
import type { ClusterView } from './types.ts';
import { Watchers } from './watchers.ts';
import { whileLookedAt } from './while-looked-at.ts';

export type FrameListener = (nodeId: string, frame: Frame) => void;
export type SampleListener = (nodeId: string, sample: Sample) => void;

/** So long a node that came back may take to be heard by its leader before it is said to be cut off. */
const backMs = 3000;
/** A connection that is not answered in this time is tried anew: the network that it was opened in may be gone. */
const patienceMs = 5000;

const heardNames = Object.keys(nothingHeard) as readonly (keyof Heard)[];

export class ClusterStore {
  #source: EventSource | undefined;
  #openedAt = 0;
  #hearing = new Hearing(0);
  #connection: ClusterView['connection'] = 'connecting';
  /** When the server was heard last, in ms since 1970. */
  #heardAt: number | undefined;
  #list: NodeList = { self: null, hasLab: false, nodes: [] };
  readonly #heard = new Map<string, Heard>();
  /** Changes with every frame, and is no news by itself. */
  readonly #heardAtOf = new Map<string, number>();
  readonly #backTimers = new Map<string, ReturnType<typeof setTimeout>>();
  #view: ClusterView = clusterView({ connection: 'connecting', heardAt: undefined, list: this.#list, heard: this.#heard });
  readonly #watchers = new Watchers();
  readonly #frameListeners = new Set<FrameListener>();
  readonly #sampleListeners = new Set<SampleListener>();
  #isTellingSoon = false;

  /** For as long as the page is there, while somebody looks at it. */
  open(): void {
    setInterval(() => this.#checkConnection(), checkEveryMs);
    whileLookedAt({ begin: () => this.#listen(), end: () => this.#rest() });
  }

  /** Nobody looks at the page. When somebody does, everything is told anew. */
  #rest(): void {
    this.#source?.close();
    this.#source = undefined;
    this.#connect('connecting');
  }

  #listen(): void {
    this.#source?.close();
    const source = new EventSource(`.${activitiesPath}`);
    this.#source = source;
    this.#openedAt = performance.now();
    this.#hearing = new Hearing(this.#openedAt);
    const on = <Name extends keyof ClusterEvents>(event: Name, take: (data: ClusterEvents[Name]) => void): void => {
      source.addEventListener(event, (message: MessageEvent<string>) => {
        if (this.#source !== source) return;
        this.#hears();
        take(JSON.parse(message.data) as ClusterEvents[Name]);
      });
    };
    source.addEventListener('open', () => this.#hears());
    // The browser tries again by itself, unless the answer was no event stream at all: then the next check does.
    source.addEventListener('error', () => {
      if (this.#source === source) this.#connect('lost');
    });
    on('beat', () => undefined);
    on('nodes', (list) => this.#takeList(list));
    on('frame', ({ node, frame }) => this.#takeFrame(node, frame));
    on('sample', ({ node, sample }) => {
      for (const listener of this.#sampleListeners) listener(node, sample);
    });
    on('gone', ({ node, reason, isSilent = false }) => {
      this.#hear(node, { isReachable: false, goneReason: reason, isSilent });
    });
  }

  #hears(): void {
    this.#hearing.heard(performance.now());
    this.#heardAt = Date.now();
    if (this.#connection !== 'open') this.#connect('open');
  }

  /** A server that is stopped keeps the connection and says nothing. */
  #checkConnection(): void {
    if (this.#source === undefined) return;
    const now = performance.now();
    const isSilent = this.#hearing.isSilent(now);
    if (this.#connection === 'open' && isSilent) this.#connect('lost');
    const isWaiting = this.#connection !== 'open' && this.#source.readyState !== EventSource.OPEN;
    const isSilentStream = this.#connection !== 'open' && isSilent;
    if ((isWaiting || isSilentStream) && now - this.#openedAt >= patienceMs) this.#listen();
  }

  /** The same object until something changed. */
  get view(): ClusterView {
    return this.#view;
  }

  /** Told after `view` has changed. @returns what ends it */
  subscribe(watcher: () => void): () => void {
    return this.#watchers.subscribe(watcher);
  }

  /** Told of each frame as it comes: for what needs every moment. Must be quick. @returns what ends it */
  onFrame(listener: FrameListener): () => void {
    return added(this.#frameListeners, listener);
  }

  /** @returns what ends it */
  onSample(listener: SampleListener): () => void {
    return added(this.#sampleListeners, listener);
  }

  #connect(connection: ClusterView['connection']): void {
    this.#connection = connection;
    // Without the stream nothing is known of any node; each says anew how it is.
    if (connection !== 'open') {
      for (const id of this.#heard.keys()) this.#hear(id, { isReachable: false, goneReason: undefined, isSilent: false });
    }
    this.#tellSoon();
  }

  #takeList(list: NodeList): void {
    this.#list = list;
    for (const id of this.#heard.keys()) if (!list.nodes.some((node) => node.id === id)) this.#heard.delete(id);
    this.#tellSoon();
  }

  #takeFrame(node: string, frame: Frame): void {
    const { health, moments } = frame;
    this.#heardAtOf.set(node, Date.now());
    let { heldEnd } = this.#heard.get(node) ?? nothingHeard;
    if (health !== undefined) heldEnd = health.ends.durableEnd;
    for (const moment of moments) if (moment.kind === 'held' && moment.node === node) heldEnd = Math.max(heldEnd ?? 0, moment.end);
    if (this.#heard.get(node)?.goneReason !== undefined) this.#hearAgain(node);
    this.#hear(node, { isReachable: true, goneReason: undefined, isSilent: false, heldEnd, ...(health && { health }) });
    for (const listener of this.#frameListeners) listener(node, frame);
  }

  #hearAgain(node: string): void {
    this.#hear(node, { isBack: true });
    clearTimeout(this.#backTimers.get(node));
    this.#backTimers.set(
      node,
      setTimeout(() => {
        this.#backTimers.delete(node);
        if (this.#heard.has(node)) this.#hear(node, { isBack: false });
      }, backMs),
    );
  }

  #hear(node: string, news: Partial<Heard>): void {
    const before = this.#heard.get(node) ?? nothingHeard;
    const now = { ...before, ...news };
    this.#heard.set(node, now);
    // Most frames of a quiet node say nothing new.
    if (heardNames.some((name) => before[name] !== now[name])) this.#tellSoon();
  }

  #tellSoon(): void {
    if (this.#isTellingSoon) return;
    this.#isTellingSoon = true;
    requestAnimationFrame(() => {
      this.#isTellingSoon = false;
      this.#view = clusterView({
        connection: this.#connection,
        heardAt: this.#heardAt,
        list: this.#list,
        heard: this.#heard,
        heardAtOf: this.#heardAtOf,
      });
      this.#watchers.tell();
    });
  }
}

function added<T>(set: Set<T>, item: T): () => void {
  set.add(item);
  return () => set.delete(item);
}
