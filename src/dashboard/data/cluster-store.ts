/**
 * What the page knows of the cluster, from its one event stream. What comes is taken in at once; those who watch are told
 * once per animation frame, however much came.
 */

import { activitiesPath } from '../../api/paths.ts';
import { fetchNatively } from './api.ts';
import { clusterView, nothingHeard } from './cluster-view.ts';
import type { Heard } from './cluster-view.ts';
import { FetchedEvents } from './fetched-events.ts';
import { Hearing, checkEveryMs } from './hearing.ts';
import { problemFrom } from './problem.ts';
import { sessionToken } from './session-token.ts';
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
/** After how long one that ended is opened again: drawn for each page, so that not all come at once. */
const againMsMin = 500;
const againMsMax = 2000;

const heardNames = Object.keys(nothingHeard) as readonly (keyof Heard)[];

export class ClusterStore {
  #source: FetchedEvents | undefined;
  #againTimer: ReturnType<typeof setTimeout> | undefined;
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
    // Another token was given, and somebody looks.
    sessionToken().subscribe(() => {
      if (sessionToken().asked === undefined && this.#source !== undefined) this.#listen();
    });
    whileLookedAt({ begin: () => this.#listen(), end: () => this.#rest() });
  }

  /** Nobody looks at the page. When somebody does, everything is told anew. */
  #rest(): void {
    clearTimeout(this.#againTimer);
    this.#source?.close();
    this.#source = undefined;
    this.#connect('connecting');
  }

  #listen(): void {
    clearTimeout(this.#againTimer);
    this.#source?.close();
    this.#openedAt = performance.now();
    this.#hearing = new Hearing(this.#openedAt);
    const shown = sessionToken().current;
    this.#source = new FetchedEvents((init) => fetchNatively(activitiesPath, init), {
      opened: () => this.#hears(),
      event: ({ type, data }) => this.#take(type, data),
      ended: (refusal) => void this.#ended(refusal, shown),
    });
  }

  /** @param refusal - what was answered instead of a stream @param shown - the token that it was shown */
  async #ended(refusal: Response | undefined, shown: string | undefined): Promise<void> {
    const source = this.#source;
    const problem =
      refusal === undefined
        ? undefined
        : await refusal.text().then(
            (text) => problemFrom(text, refusal.status),
            () => undefined,
          );
    if (this.#source !== source) return;
    if (problem?.code === 'missing-scope') sessionToken().refused(shown, 'missing-scope');
    // Whoever is to give another token is waited for.
    if (sessionToken().asked !== undefined) return this.#connect('connecting');
    this.#connect('lost');
    this.#againTimer = setTimeout(() => this.#listen(), againMsMin + Math.random() * (againMsMax - againMsMin));
  }

  #take(type: string, data: string): void {
    if (!Object.hasOwn(this.#takers, type)) return;
    this.#hears();
    // It is of the type that belongs to its name.
    this.#takers[type as keyof ClusterEvents](JSON.parse(data) as never);
  }

  readonly #takers: { readonly [Name in keyof ClusterEvents]: (data: ClusterEvents[Name]) => void } = {
    beat: () => undefined,
    nodes: (list) => this.#takeList(list),
    frame: ({ node, frame }) => this.#takeFrame(node, frame),
    sample: ({ node, sample }) => {
      for (const listener of this.#sampleListeners) listener(node, sample);
    },
    gone: ({ node, reason, isSilent = false }) => this.#hear(node, { isReachable: false, goneReason: reason, isSilent }),
  };

  #hears(): void {
    this.#hearing.heard(performance.now());
    this.#heardAt = Date.now();
    if (this.#connection !== 'open') this.#connect('open');
  }

  /** A server that is stopped keeps the connection and says nothing. */
  #checkConnection(): void {
    if (this.#source === undefined || sessionToken().asked !== undefined) return;
    const now = performance.now();
    const isSilent = this.#hearing.isSilent(now);
    if (this.#connection === 'open' && isSilent) this.#connect('lost');
    const isWaiting = this.#connection !== 'open' && !this.#source.isOpen;
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
