/**
 * What the page knows of the cluster, from its one event stream. What comes is taken in at once; those who watch are told
 * once per animation frame, however much came.
 */

import { clusterView, nothingHeard } from './cluster-view.ts';
import type { Heard } from './cluster-view.ts';
import type { ClusterView, Frame, NodeList, Sample } from './types.ts';

export type FrameListener = (nodeId: string, frame: Frame) => void;
export type SampleListener = (nodeId: string, sample: Sample) => void;

const heardNames = Object.keys(nothingHeard) as readonly (keyof Heard)[];

export class ClusterStore {
  #source: EventSource | undefined;
  #connection: ClusterView['connection'] = 'connecting';
  #list: NodeList = { self: null, hasLab: false, nodes: [] };
  readonly #heard = new Map<string, Heard>();
  #view: ClusterView = clusterView({ connection: 'connecting', list: this.#list, heard: this.#heard });
  readonly #watchers = new Set<() => void>();
  readonly #frameListeners = new Set<FrameListener>();
  readonly #sampleListeners = new Set<SampleListener>();
  #isTellingSoon = false;

  open(): void {
    if (this.#source !== undefined) return;
    const source = new EventSource('activities');
    this.#source = source;
    source.addEventListener('open', () => this.#connect('open'));
    source.addEventListener('error', () => {
      this.#connect('lost');
      // The browser tries again by itself, unless the answer was no event stream at all.
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.#reopen(source), 1000);
    });
    source.addEventListener('nodes', (event) => this.#takeList(parse(event) as NodeList));
    source.addEventListener('frame', (event) => {
      const { node, frame } = parse(event) as { readonly node: string; readonly frame: Frame };
      this.#takeFrame(node, frame);
    });
    source.addEventListener('sample', (event) => {
      const { node, sample } = parse(event) as { readonly node: string; readonly sample: Sample };
      for (const listener of this.#sampleListeners) listener(node, sample);
    });
    source.addEventListener('gone', (event) => {
      const {
        node,
        reason,
        isSilent = false,
      } = parse(event) as { readonly node: string; readonly reason: string; readonly isSilent?: boolean };
      this.#hear(node, { isReachable: false, goneReason: reason, isSilent });
    });
  }

  /** The same object until something changed. */
  get view(): ClusterView {
    return this.#view;
  }

  /** Told after `view` has changed. @returns what ends it */
  subscribe(watcher: () => void): () => void {
    return added(this.#watchers, watcher);
  }

  /** Told of each frame as it comes: for what needs every moment. Must be quick. @returns what ends it */
  onFrame(listener: FrameListener): () => void {
    return added(this.#frameListeners, listener);
  }

  /** @returns what ends it */
  onSample(listener: SampleListener): () => void {
    return added(this.#sampleListeners, listener);
  }

  #reopen(source: EventSource): void {
    if (this.#source !== source) return;
    this.#source = undefined;
    this.open();
  }

  #connect(connection: ClusterView['connection']): void {
    this.#connection = connection;
    // Without the stream nothing is known of any node; each says anew how it is.
    if (connection === 'lost') {
      for (const id of this.#heard.keys()) this.#hear(id, { isReachable: false, goneReason: 'this page lost its connection' });
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
    let { heldEnd } = this.#heard.get(node) ?? nothingHeard;
    if (health !== undefined) heldEnd = health.ends.durableEnd;
    for (const moment of moments) if (moment.kind === 'held' && moment.node === node) heldEnd = Math.max(heldEnd ?? 0, moment.end);
    this.#hear(node, { isReachable: true, goneReason: undefined, isSilent: false, heldEnd, ...(health && { health }) });
    for (const listener of this.#frameListeners) listener(node, frame);
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
      this.#view = clusterView({ connection: this.#connection, list: this.#list, heard: this.#heard });
      for (const watcher of this.#watchers) watcher();
    });
  }
}

function parse(event: MessageEvent<string>): unknown {
  return JSON.parse(event.data);
}

function added<T>(set: Set<T>, item: T): () => void {
  set.add(item);
  return () => set.delete(item);
}
