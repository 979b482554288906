/**
 * What a client sends as one append: one message, or several of which each has a key of its own. Of the latter some may be
 * in the log already, the same one may be there twice, and one may come with a key that was used for another message.
 */

import type { AppendKey } from '../../core/model/batch.ts';
import type { Epoch } from '../../core/model/numbers.ts';
import type { SubmittedAppend } from '../../driver/driver.ts';
import type { AppendResult } from '../../driver/requests.ts';
import { packMessages } from '../../protocol/packed-messages.ts';
import { fencedText } from '../checkers/fence-checker.ts';
import type { HistoryChecker, Wish } from '../checkers/history-checker.ts';
import type { LeaderTasks } from './leader-tasks.ts';
import type { Plan } from '../world/plan.ts';
import type { Random } from '../world/random.ts';
import type { World } from '../world/world.ts';

export interface Letter {
  /** In the order in which they are sent. */
  readonly wishes: readonly Wish[];
  /** Those that were new when it was first sent: they are stored together or not at all. */
  readonly group: readonly Wish[];
  /** Each message has a key of its own, or none. */
  readonly isSpread: boolean;
  /** One of its keys was used for another message. */
  readonly hasForged: boolean;
  /** It is only for this epoch. */
  readonly ifEpoch: Epoch | undefined;
}

export interface LettersParts {
  readonly world: World;
  readonly random: Random;
  readonly plan: Plan;
  readonly history: Pick<HistoryChecker, 'wish' | 'together'>;
  readonly tasks: LeaderTasks;
}

export class Letters {
  readonly #parts: LettersParts;
  #written = 0;
  /** Acknowledged wishes with keys, in a way that no failure may undo. */
  readonly #known: Wish[] = [];
  readonly #forgedKeys = new Set<string>();

  constructor(parts: LettersParts) {
    this.#parts = parts;
  }

  next(): Letter {
    const { random, plan, history, tasks } = this.#parts;
    const ifEpoch = tasks.draw();
    if (!random.chance(plan.spreadShare))
      return letterOf(this.#wish('message', { hasKey: random.chance(plan.keyShare), ifEpoch }), ifEpoch);
    const group = Array.from({ length: random.between(2, 4) }, () => this.#wish('message', { hasKey: random.chance(0.95), ifEpoch }));
    history.together(group);
    return this.#arranged(group, ifEpoch);
  }

  /** A single message that must be acknowledged. */
  probe(): Letter {
    return letterOf(this.#wish('probe', { hasKey: true, ifEpoch: undefined }), undefined);
  }

  /** The same, to be sent once more; among other messages than before. */
  again(letter: Letter): Letter {
    return letter.isSpread ? this.#arranged(letter.group, letter.ifEpoch) : letter;
  }

  acknowledged(wish: Wish): void {
    if (wish.isLasting && wish.key !== undefined && !this.#forgedKeys.has(wish.key)) this.#known.push(wish);
  }

  /** Whether a client sent one of these keys with two messages. */
  mayBeRefused({ wishes }: Letter): boolean {
    return wishes.some(({ key }) => key !== undefined && this.#forgedKeys.has(key));
  }

  #arranged(group: readonly Wish[], ifEpoch: Epoch | undefined): Letter {
    const { random, history, world } = this.#parts;
    const wishes = [...group];
    const keyed = group.filter(({ key }) => key !== undefined);
    if (keyed.length > 0 && random.chance(0.3)) wishes.push(random.pick(keyed));
    if (this.#known.length > 0 && random.chance(0.3)) {
      const at = random.between(0, wishes.length);
      const known = random.pick(this.#known);
      // Beside others one is judged by their epoch: a deposed leader that does not know it would store it in its own.
      if (known.ifEpoch === undefined || known.ifEpoch === ifEpoch) wishes.splice(at, 0, known);
    }
    const hasForged = this.#known.length > 0 && random.chance(0.1);
    if (hasForged) {
      const { key } = random.pick(this.#known);
      if (key !== undefined) this.#forgedKeys.add(key);
      this.#written += 1;
      wishes.push(history.wish({ message: JSON.stringify(`forged ${this.#written}`), key, begunAt: world.now, ifEpoch: undefined }));
    }
    return { wishes, group, isSpread: true, hasForged, ifEpoch };
  }

  #wish(what: string, { hasKey, ifEpoch }: { readonly hasKey: boolean; readonly ifEpoch: Epoch | undefined }): Wish {
    const { history, world } = this.#parts;
    this.#written += 1;
    const text = `${what} ${this.#written}`;
    const message = JSON.stringify(ifEpoch === undefined ? text : fencedText(ifEpoch, text));
    return history.wish({ message, key: hasKey ? `k${this.#written}` : undefined, begunAt: world.now, ifEpoch });
  }
}

function letterOf(wish: Wish, ifEpoch: Epoch | undefined): Letter {
  return { wishes: [wish], group: [wish], isSpread: false, hasForged: false, ifEpoch };
}

/** Whether it may be sent again without storing anything twice. */
export function isRepeatable({ wishes }: Letter): boolean {
  return wishes.every(({ key }) => key !== undefined);
}

export function appendOf({ wishes, isSpread }: Letter): Pick<SubmittedAppend, 'messages' | 'key' | 'keys'> {
  const messages = packMessages(wishes.map(({ message }) => Buffer.from(message)));
  const keys = wishes.map(keyOf);
  return isSpread ? { messages, key: undefined, keys } : { messages, key: keys[0] };
}

/** Where the wish at `index` is. */
export function placeOf({ offset, epoch, places }: AppendResult, index: number): { readonly offset: number; readonly epoch: number } {
  return { offset: places?.offsets[index] ?? offset, epoch: places?.epochs?.[index] ?? epoch };
}

function keyOf({ key, message }: Wish): AppendKey | undefined {
  return key === undefined ? undefined : { fingerprint: sixteenBytes(key), digest: sixteenBytes(message.slice(-16)), entryCount: 1 };
}

function sixteenBytes(text: string): Buffer {
  return Buffer.from(text.padEnd(16, '\0').slice(0, 16), 'latin1');
}
