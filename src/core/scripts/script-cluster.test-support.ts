/**
 * The nodes of an interaction script and the streams between them. A message stays in flight until the script delivers it. A
 * stream keeps the order, and if it breaks, what is in flight on it is lost.
 */

import type { ReplicaEvent } from '../model/events.ts';
import type { PeerMessage } from '../model/messages.ts';
import type { StreamId } from '../model/numbers.ts';
import { ScriptNode, urlOf } from './script-node.test-support.ts';
import type { LineKind, NodeSetup } from './script-node.test-support.ts';

/** How often nodes that run by themselves get a tick. */
const tickMs = 50;
/** Nodes that exchange messages for more rounds than this, while no time passes, will never stop. */
const roundsMax = 1000;

interface StreamEnd {
  readonly node: string;
  readonly stream: StreamId;
}

interface Connection {
  readonly ends: readonly [opener: StreamEnd, acceptor: StreamEnd];
  /** The node that closed it, which gets nothing from it any more. */
  closedBy: string | undefined;
}

interface InFlight {
  readonly connection: Connection;
  readonly from: StreamEnd;
  readonly to: StreamEnd;
  /** `undefined` stands for the end of the stream. */
  readonly message: PeerMessage | undefined;
}

export interface PrintedLine {
  readonly node: string;
  readonly kind: LineKind;
  readonly text: string;
}

export class ScriptCluster {
  readonly #nodes = new Map<string, ScriptNode>();
  readonly #connections = new Set<Connection>();
  readonly #brokenLinks = new Set<string>();
  #inFlight: InFlight[] = [];
  #lines: PrintedLine[] = [];

  /** Takes what was printed since the last call. */
  takeLines(): PrintedLine[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  get names(): string[] {
    return [...this.#nodes.keys()].toSorted();
  }

  node(name: string): ScriptNode {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`there is no node ${name}`);
    return node;
  }

  add(setup: NodeSetup): void {
    if (this.#nodes.has(setup.name)) throw new Error(`${setup.name} was started before: use restart`);
    this.#nodes.set(
      setup.name,
      new ScriptNode(setup, {
        print: (node, kind, text) => this.#lines.push({ node, kind, text }),
        send: (stream, from, message) => this.#send(this.#connectionOf(stream, from), from, message),
        close: (stream, from) => this.#close(this.#connectionOf(stream, from), from),
      }),
    );
  }

  /** The node that `from` dials answers, or cannot be reached. */
  connect(from: string, to: string): void {
    const opener = this.node(from);
    if (!opener.dials.has(to)) throw new Error(`${from} does not dial ${to}`);
    this.#answerDial(opener, to);
  }

  /** The streams between the two are lost with everything in flight, and no new one opens until the link is healed. */
  breakLink(a: string, b: string): void {
    this.#brokenLinks.add(linkOf(a, b));
    this.#lose((connection) => connection.ends.every((end) => end.node === a || end.node === b));
  }

  healLink(a: string, b: string): void {
    this.#brokenLinks.delete(linkOf(a, b));
  }

  crash(name: string): void {
    this.node(name).crash();
    this.#lose((connection) => connection.ends.some((end) => end.node === name));
  }

  /** @param countMax - how many of the messages in flight are delivered at most, oldest first */
  deliver(from: string, to: string, countMax = Number.POSITIVE_INFINITY): void {
    const delivered = this.#inFlight.filter((each) => each.from.node === from && each.to.node === to).slice(0, countMax);
    this.#inFlight = this.#inFlight.filter((each) => !delivered.includes(each));
    for (const { connection, message } of delivered) if (message === undefined) this.#connections.delete(connection);
    const heard = delivered.filter(({ connection }) => connection.closedBy !== to);
    if (heard.length > 0) this.node(to).turn(heard.map(arrival));
  }

  /** These nodes (or all) and the links between them work until nothing is left to do, and again after each tick. */
  settle(names: readonly string[] | undefined, forMs = 0): void {
    const nodes = (names ?? this.names).map((name) => this.node(name)).filter((node) => node.isUp);
    const isInvolved = (name: string): boolean => names === undefined || names.includes(name);
    this.#quiesce(nodes, isInvolved);
    for (let passedMs = 0; passedMs < forMs; passedMs += tickMs) {
      for (const node of nodes) node.tick(tickMs);
      this.#quiesce(nodes, isInvolved);
    }
  }

  #quiesce(nodes: readonly ScriptNode[], isInvolved: (name: string) => boolean): void {
    for (let round = 0; round < roundsMax; round += 1) {
      const didWork = nodes.map((node) => this.#workOf(node, isInvolved));
      if (!didWork.includes(true)) return;
    }
    throw new Error('the nodes never stop exchanging messages');
  }

  /** @returns whether there was any work */
  #workOf(node: ScriptNode, isInvolved: (name: string) => boolean): boolean {
    const { disk } = node;
    const dials = [...node.dials].filter(isInvolved);
    const senders = new Set(this.#inFlight.filter(({ to }) => to.node === node.name).map(({ from }) => from.node));
    const heard = [...senders].filter(isInvolved).toSorted();
    const hasWork = disk.isSavePending || disk.isFlushPending || node.isReadPending || dials.length > 0 || heard.length > 0;
    if (disk.isSavePending) node.turn(disk.save());
    if (disk.isFlushPending) node.turn(disk.flush());
    if (node.isReadPending) node.read();
    for (const name of dials) this.#answerDial(node, name);
    for (const from of heard) this.deliver(from, node.name);
    return hasWork;
  }

  #answerDial(opener: ScriptNode, to: string): void {
    const url = urlOf(to);
    opener.dials.delete(to);
    const acceptor = this.#nodes.get(to);
    if (acceptor?.isUp !== true || this.#brokenLinks.has(linkOf(opener.name, to))) {
      opener.turn([{ kind: 'dialFailed', url, reason: 'nobody listens there' }]);
      return;
    }
    const stream = opener.open(to);
    const accepted = acceptor.open(opener.name);
    const ends = [
      { node: opener.name, stream },
      { node: to, stream: accepted },
    ] as const;
    this.#connections.add({ ends, closedBy: undefined });
    acceptor.turn([{ kind: 'streamAccepted', stream: accepted }]);
    opener.turn([{ kind: 'dialed', url, stream }]);
  }

  #send(connection: Connection | undefined, from: string, message: PeerMessage | undefined): void {
    if (connection === undefined) return;
    const [opener, acceptor] = connection.ends;
    const [source, target] = opener.node === from ? [opener, acceptor] : [acceptor, opener];
    this.#inFlight.push({ connection, from: source, to: target, message });
  }

  #close(connection: Connection | undefined, by: string): void {
    if (connection === undefined) return;
    this.#send(connection, by, undefined);
    connection.closedBy = by;
  }

  #lose(isLost: (connection: Connection) => boolean): void {
    for (const connection of [...this.#connections].filter(isLost)) {
      this.#connections.delete(connection);
      this.#inFlight = this.#inFlight.filter((each) => each.connection !== connection);
      for (const { node, stream } of connection.ends) {
        if (this.node(node).isUp && connection.closedBy !== node) this.node(node).turn([{ kind: 'streamLost', stream }]);
      }
    }
  }

  #connectionOf(stream: StreamId, node: string): Connection | undefined {
    for (const connection of this.#connections) {
      if (connection.ends.some((end) => end.node === node && end.stream === stream)) return connection;
    }
    return undefined;
  }
}

function arrival({ to, message }: InFlight): ReplicaEvent {
  return message === undefined ? { kind: 'streamLost', stream: to.stream } : { kind: 'messageReceived', stream: to.stream, message };
}

function linkOf(a: string, b: string): string {
  return [a, b].toSorted().join();
}
