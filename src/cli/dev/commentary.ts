/** Comments on what happens in `rlog dev`: listens to the lab, watches the nodes, and reads the log back after a failover. */

import type { LabNode } from '../../api/lab.ts';
import { LabError } from '../../lab/lab-error.ts';
import type { LabEvent } from '../../lab/lab-event.ts';
import { promoteNode } from '../../lab/promote-node.ts';
import type { Candidate, WriterView } from './block.ts';
import { isThere, keyOf, leaderOf } from './cluster-view.ts';
import type { ClusterView, NodeView } from './cluster-view.ts';
import { Narrator } from './narrator.ts';
import { Watch } from './watch.ts';
import { Witness } from './witness.ts';
import { Writer } from './writer.ts';

const promoteWithinMs = 5000;

export interface CommentaryParts {
  readonly coordinator: ClusterView['coordinator'];
  readonly nodes: () => readonly LabNode[];
  /** The command that starts nodes which elect a new leader. */
  readonly electingCommand: string;
  readonly say: (sentence: string) => void;
  /** Called when the cluster may look different. */
  readonly changed: () => void;
  /** Called once the log takes appends for the first time. */
  readonly isUp: (leader: string) => void;
}

export class Commentary {
  readonly #parts: CommentaryParts;
  readonly #narrator: Narrator;
  readonly #watch: Watch;
  readonly #witness: Witness;
  #writer: Writer | undefined;
  #isUp = false;
  readonly #over = new AbortController();
  /** The promotion in progress, until its result has been reported. */
  #promoting: Promise<void> | undefined;

  constructor(parts: CommentaryParts) {
    this.#parts = parts;
    this.#narrator = new Narrator(parts.electingCommand);
    this.#watch = new Watch({ nodes: parts.nodes, looked: () => this.#looked(), now: () => performance.now() });
    this.#witness = new Witness(this.#urls);
  }

  get view(): ClusterView {
    const { coordinator, nodes } = this.#parts;
    const viewOf = (node: LabNode): NodeView => {
      const isStarting = this.#watch.isStarting(node);
      return { ...node, isStarting, health: isStarting || node.isPaused ? undefined : this.#watch.healths.get(node.id) };
    };
    return { coordinator, nodes: nodes().map(viewOf) };
  }

  get writer(): WriterView | undefined {
    return this.#writer?.view;
  }

  /** The leader, as far as it is known. */
  get leader(): string | undefined {
    return leaderOf(this.view)?.node.id;
  }

  start(): void {
    this.#watch.start();
  }

  stop(): void {
    this.#over.abort();
    this.#writer?.stop();
    this.#witness.stop();
    this.#watch.stop();
  }

  happened(event: LabEvent): void {
    if (this.#over.signal.aborted) return;
    for (const sentence of this.#narrator.happened(event, this.view, performance.now())) this.#parts.say(sentence);
    this.#watch.hurry();
    this.#parts.changed();
  }

  toggleWriter(): void {
    const writer = this.#writer;
    if (writer !== undefined) {
      writer.stop();
      this.#writer = undefined;
      const { acknowledged, slowestMs } = writer.view;
      this.#parts.say(`The writer stopped: ${acknowledged} messages were acknowledged, the slowest after ${Math.round(slowestMs)} ms.`);
    } else {
      this.#writer = new Writer({
        urls: this.#urls,
        acknowledged: (offset, text) => this.#witness.acknowledged(offset, text),
        failed: (reason) => this.#parts.say(`A message of the writer (a) was not acknowledged: ${reason}.`),
      });
      this.#writer.start();
      this.#parts.say(
        'A client appends one message after the other, at most ten a second, with w=majority. Kill a node and watch the slowest append; a stops it.',
      );
    }
    this.#parts.changed();
  }

  /** The nodes that could lead instead of the leader. If there is none, says why. */
  candidates(): readonly Candidate[] {
    const { say, electingCommand } = this.#parts;
    const { view } = this;
    const leader = leaderOf(view)?.node;
    if (view.coordinator === 'static') {
      say(`Only the master leads here. To hand over from node to node: ${electingCommand}.`);
      return [];
    }
    const others = view.nodes.filter((node) => node.id !== leader?.id && isThere(node) && node.health !== undefined);
    if (others.length === 0) say('No other node is up that could lead: start one first.');
    return others.map(({ id }) => ({ key: keyOf(view, id), id }));
  }

  /** Makes a node the leader. */
  async promote(id: string): Promise<void> {
    const promoting = this.#promote(id);
    this.#promoting = promoting;
    await promoting;
    if (this.#promoting === promoting) this.#promoting = undefined;
  }

  async #promote(id: string): Promise<void> {
    const { say, nodes } = this.#parts;
    const leader = this.leader;
    const url = nodes().find((node) => node.id === id)?.url ?? '';
    this.#narrator.promotes(id);
    this.#watch.hurry();
    try {
      const { epoch, ms } = await promoteNode({ id, url, timeoutMs: promoteWithinMs, signal: this.#over.signal });
      const from = leader === undefined || leader === id ? '' : `: ${leader} handed over`;
      say(`${id} leads now, in epoch ${epoch}${from} within ${ms} ms.`);
    } catch (error) {
      this.#narrator.promotes(undefined);
      if (this.#over.signal.aborted) return;
      if (!(error instanceof LabError)) throw error;
      say(`${id} was not promoted: ${error.message}.`);
    }
  }

  get #urls(): string[] {
    return this.#parts.nodes().map(({ url }) => url);
  }

  #looked(): void {
    if (this.#over.signal.aborted) return;
    const { sentences, newLeader } = this.#narrator.looked(this.view, performance.now());
    for (const sentence of sentences) this.#parts.say(sentence);
    if (newLeader !== undefined && this.#isUp) void this.#readBack(newLeader.id);
    if (newLeader !== undefined && !this.#isUp) {
      this.#isUp = true;
      this.#witness.start();
      this.#parts.isUp(newLeader.id);
    }
    this.#parts.changed();
  }

  /** Everything that was acknowledged must be at the new leader. */
  async #readBack(id: string): Promise<void> {
    const { say, nodes } = this.#parts;
    const url = nodes().find((node) => node.id === id)?.url ?? '';
    try {
      const { acknowledged, lost } = await this.#witness.readBack(url);
      const slowestMs = await this.#writer?.takeSlowestMs();
      await this.#promoting;
      if (this.#over.signal.aborted) return;
      const waited = slowestMs === undefined ? '' : ` The writer's slowest append took ${Math.round(slowestMs)} ms.`;
      say(`${readBackSentence(id, acknowledged, lost)}${waited}`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.#over.signal.aborted) say(`The acknowledged messages could not be read back from ${id}: ${reason}.`);
    }
  }
}

function readBackSentence(id: string, acknowledged: number, lost: number): string {
  if (acknowledged === 0) return 'Nothing had been written yet, so nothing could be lost: append something, or press a, and try again.';
  const messages = acknowledged === 1 ? 'message' : 'messages';
  if (lost > 0) return `Read back from ${id}: ${lost} of ${acknowledged} acknowledged ${messages} ${lost === 1 ? 'is' : 'are'} LOST.`;
  const all = acknowledged === 1 ? 'the one acknowledged message is' : `all ${acknowledged} acknowledged messages are`;
  return `Read back from ${id}: ${all} there. Nothing was lost.`;
}
