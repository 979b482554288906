/** The streams to and from other nodes, and the registration with the master. */

import type { ReplicaEvent } from '../core/model/events.ts';
import type { LogEvent } from '../core/model/events.ts';
import type { PeerMessage } from '../core/model/messages.ts';
import { streamId } from '../core/model/numbers.ts';
import type { ClusterId, NodeId, StreamId } from '../core/model/numbers.ts';
import { DelayedStream } from './delayed-stream.ts';
import { DialRefused } from '../ports/ports.ts';
import type { Clock, Network, PeerStream } from '../ports/ports.ts';
import { Registering } from './registering.ts';
import { MessageReader, encodeMessage } from '../protocol/message-codec.ts';
import type { BatchKind } from '../protocol/message-codec.ts';

export interface PeerLinksParts {
  readonly clock: Clock;
  readonly network: Network;
  /** How long batches are delayed before they are stored. */
  readonly delayMs: number;
  readonly masterUrls: readonly string[];
  readonly self: { readonly id: NodeId; readonly url: string };
  readonly clusterId: () => ClusterId | null;
  readonly report: (event: ReplicaEvent) => void;
  readonly emit: (logEvent: LogEvent) => void;
  readonly isStopped: () => boolean;
}

export class PeerLinks {
  readonly #parts: PeerLinksParts;
  readonly #streams = new Map<StreamId, PeerStream>();
  /** Which batches each stream may bring: only from a leader that this node follows, or from a node that it fetches from. */
  readonly #expected = new Map<StreamId, BatchKind>();
  #nextStream = 1;
  readonly #registering: Registering;

  constructor(parts: PeerLinksParts) {
    this.#parts = parts;
    this.#registering = new Registering(parts);
  }

  has(id: StreamId): boolean {
    return this.#streams.has(id);
  }

  send(id: StreamId, message: PeerMessage): void {
    if (message.kind === 'following') this.#expected.set(id, 'replicate');
    else if (message.kind === 'fetchNext') this.#expected.set(id, 'fetched');
    this.#streams.get(id)?.send(encodeMessage(message));
  }

  /** Another node opened a stream. */
  accept(stream: PeerStream): void {
    const id = this.#newStream(stream);
    this.#parts.report({ kind: 'streamAccepted', stream: id });
  }

  close(id: StreamId): void {
    this.#streams.get(id)?.close();
    this.#forget(id);
  }

  closeAll(): void {
    this.#registering.stop();
    for (const stream of this.#streams.values()) stream.close();
    this.#streams.clear();
    this.#expected.clear();
  }

  #forget(id: StreamId): void {
    this.#streams.delete(id);
    this.#expected.delete(id);
  }

  async dial(url: string): Promise<void> {
    const { network, clusterId } = this.#parts;
    try {
      const stream = await network.dial(url, clusterId());
      if (this.#parts.isStopped()) return stream.close();
      const id = this.#newStream(stream);
      this.#parts.report({ kind: 'dialed', url, stream: id });
    } catch (error) {
      if (error instanceof DialRefused) this.#parts.report({ kind: 'dialRefused', url, other: otherCluster(error), reason: error.message });
      else this.#parts.report({ kind: 'dialFailed', url, reason: error instanceof Error ? error.message : String(error) });
    }
  }

  #newStream(bare: PeerStream): StreamId {
    const { clock, delayMs } = this.#parts;
    const id = streamId(this.#nextStream);
    this.#nextStream += 1;
    this.#streams.set(id, bare);
    const reader = new MessageReader((kind) => this.#expected.get(id) === kind);
    const delayed = new DelayedStream({
      clock,
      delayMs,
      deliver: (message) => {
        if (this.#streams.get(id) !== bare) return;
        this.#parts.report({ kind: 'messageReceived', stream: id, message });
      },
    });
    bare.handle({
      received: (chunk) => {
        if (this.#parts.isStopped() || this.#streams.get(id) !== bare) return;
        try {
          const messages = reader.push(chunk);
          if (messages.length === 0) this.#parts.report({ kind: 'bytesReceived', stream: id });
          for (const message of messages) delayed.push(message);
        } catch (error) {
          this.#parts.emit({ level: 'error', event: 'stream.broken', facts: { stream: id, reason: String(error) } });
          this.close(id);
          this.#parts.report({ kind: 'streamLost', stream: id });
        }
      },
      lost: () => {
        if (this.#streams.get(id) !== bare) return;
        this.#forget(id);
        this.#parts.report({ kind: 'streamLost', stream: id });
      },
    });
    return id;
  }

  /** @param members - addresses besides those of the masters */
  register(members: readonly string[]): void {
    void this.#registering.register(members);
  }
}

function otherCluster(refused: DialRefused): Extract<ReplicaEvent, { kind: 'dialRefused' }>['other'] {
  if (refused.code !== 'other-cluster') return undefined;
  const { cluster, members, hasMessages } = refused.facts;
  if (typeof cluster !== 'string' || !Array.isArray(members)) return undefined;
  return { clusterId: cluster as ClusterId, memberIds: members.map((id) => String(id) as NodeId), hasMessages: hasMessages !== false };
}
