/** What is appended at once: one or more appends of a service, which then have one place, one key and one answer. */

import type { WriteConcern } from '../../api/entries.ts';
import type { ForwardIdentity } from '../../core/model/forward-identity.ts';
import type { Epoch, RequestId } from '../../core/model/numbers.ts';
import type { MessageKeys } from '../../http/append/message-keys.ts';
import { LeaderTries } from '../../http/leader/leader-tries.ts';
import type { Body } from '../../http/wire/body-budget.ts';
import type { AppendTrace } from '../../ports/append-traces.ts';
import { eachMessage } from '../../protocol/packed-messages.ts';
import type { PackedMessages } from '../../protocol/packed-messages.ts';

/** The appends `[from, from + counts.length)` of a group. */
export interface Part {
  readonly group: number;
  readonly from: number;
  /** How many messages each append has. */
  readonly counts: readonly number[];
}

interface UnitSettings {
  readonly w: WriteConcern;
  /** It is only for this epoch. */
  readonly ifEpoch?: Epoch | undefined;
  readonly timeoutMs: number;
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
  readonly key: string | undefined;
  /** Of the messages, one or null each; then there is no `key`. */
  readonly keys: MessageKeys | undefined;
  readonly trace: AppendTrace | undefined;
}

export class AppendUnit {
  readonly parts: readonly Part[];
  readonly messages: PackedMessages;
  readonly settings: UnitSettings;
  /** What a try that failed leaves to know. */
  readonly tries = new LeaderTries();
  /** By which it is known again; given once, before the first try of a unit without a key. */
  identity: ForwardIdentity | undefined;
  /** While the core has it. */
  request: RequestId | undefined;
  /** Its place in the order of the calls. */
  sequence = 0;
  /** The memory that it takes. */
  bodies: readonly Body[] = [];

  constructor(parts: readonly Part[], messages: PackedMessages, settings: UnitSettings) {
    this.parts = parts;
    this.messages = messages;
    this.settings = settings;
  }

  get appendCount(): number {
    return this.parts.reduce((sum, { counts }) => sum + counts.length, 0);
  }

  get remainingMs(): number {
    return Math.floor(this.settings.deadline - performance.now());
  }

  /** It can be sent again without being stored twice. */
  get isRepeatable(): boolean {
    return this.settings.key !== undefined || this.identity !== undefined;
  }

  /** Whether it may share its place with another one that comes after it. */
  isLike({ settings }: AppendUnit): boolean {
    const { w, ifEpoch, timeoutMs } = this.settings;
    const isPlain = [this.settings, settings].every(
      ({ key, keys, trace }) => key === undefined && keys === undefined && trace === undefined,
    );
    return isPlain && w === settings.w && ifEpoch === settings.ifEpoch && timeoutMs === settings.timeoutMs;
  }

  /** Each append as a unit of its own. */
  split(): AppendUnit[] {
    const ends: number[] = [];
    eachMessage(this.messages, (_, end) => ends.push(end));
    const units: AppendUnit[] = [];
    let [count, start] = [0, 0];
    for (const { group, from, counts } of this.parts) {
      for (const [index, each] of counts.entries()) {
        count += each;
        const end = ends[count - 1] ?? start;
        const messages = { count: each, bytes: this.messages.bytes.subarray(start, end) };
        const { keys } = this.settings;
        // Several appends have keys only if each has one message.
        const settings = keys === undefined ? this.settings : { ...this.settings, key: keys[count - 1] ?? undefined, keys: undefined };
        const unit = new AppendUnit([{ group, from: from + index, counts: [each] }], messages, settings);
        unit.sequence = this.sequence;
        units.push(unit);
        start = end;
      }
    }
    return units;
  }
}

/** Some units that are alike as one. The first one's deadline, which is the nearest, counts for all. */
export function joined(first: AppendUnit, others: readonly AppendUnit[]): AppendUnit {
  if (others.length === 0) return first;
  const all = [first, ...others];
  const count = all.reduce((sum, { messages }) => sum + messages.count, 0);
  const bytes = Buffer.concat(all.map(({ messages }) => messages.bytes));
  const parts = all.flatMap((unit) => unit.parts);
  const unit = new AppendUnit(parts, { count, bytes }, first.settings);
  unit.sequence = first.sequence;
  unit.bodies = all.flatMap(({ bodies }) => bodies);
  return unit;
}
