/**
 * Clients of a simulated cluster: they append with every kind of write concern, through any node, give up early, retry
 * with the same key through another node, and read at every level.
 */

import type { Driver } from '../../driver/driver.ts';
import type { WriteConcern } from '../../api/entries.ts';
import type { AppendResult } from '../../driver/requests.ts';
import { keyOfIdentity } from '../../core/model/forward-identity.ts';
import { offset } from '../../core/model/numbers.ts';
import { LogError, problems } from '../../api/problems.ts';
import { forwardedTarget, readForwardedTarget } from '../../http/append/forwarded-append.ts';
import type { AppendSettings } from '../../http/append/forwarded-append.ts';
import { ClaimBroken, claim } from '../world/claim.ts';
import type { Coverage } from '../checkers/coverage.ts';
import { serve } from '../world/gateway.ts';
import type { Asker, LeadersRequest } from '../world/gateway.ts';
import { checkRefused } from '../checkers/fence-checker.ts';
import { checkIsMeant } from '../checkers/forward-checker.ts';
import type { LeaderTasks } from './leader-tasks.ts';
import { appendOf, isRepeatable, Letters, placeOf } from './letters.ts';
import type { Letter } from './letters.ts';
import { Tries } from './tries.ts';
import type { HistoryChecker } from '../checkers/history-checker.ts';
import type { TrimChecker } from '../checkers/trim-checker.ts';
import type { Plan } from '../world/plan.ts';
import type { Random } from '../world/random.ts';
import type { SimNetwork } from '../world/sim-network.ts';
import { NotThere } from '../world/sim-node.ts';
import type { SimNode } from '../world/sim-node.ts';
import type { World } from '../world/world.ts';

const clientCount = 3;
const attemptsMax = 5;
const readTimeoutMs = 3000;
const probeTimeoutMs = 5000;

/** How late an answer may be: a few ticks of the node that was asked. */
const answerSteps = 4;
const answerStepMs = 50;
/** How much longer than the timeout a forwarding node waits for the answer to come back. */
const wayToLeaderMs = 500;

export interface ClientsParts {
  readonly world: World;
  readonly network: SimNetwork;
  readonly nodes: readonly SimNode[];
  readonly random: Random;
  readonly plan: Plan;
  readonly history: HistoryChecker;
  readonly trims: Pick<TrimChecker, 'knownFirst' | 'linearizableRead'>;
  readonly tasks: LeaderTasks;
  readonly coverage: Coverage;
  readonly tell: (node: string, what: string, facts: unknown) => void;
  readonly onError: (error: unknown) => void;
}

/** How a client asks for an append. */
interface Asking {
  readonly node: SimNode;
  readonly w: WriteConcern;
  readonly timeoutMs: number;
  readonly isImpatient: boolean;
  /** Called when it is acknowledged, or refused because too many wait. */
  readonly onDone?: () => void;
}

interface Waiting {
  readonly driver: Driver;
  readonly timeoutMs: number;
  readonly gone?: AbortSignal;
}

export class Clients {
  readonly #parts: ClientsParts;
  readonly counts = { acknowledged: 0, rejected: 0, unknown: 0, reads: 0 };
  readonly #letters: Letters;
  #open = 0;
  #isCalm = false;

  constructor(parts: ClientsParts) {
    this.#parts = parts;
    this.#letters = new Letters(parts);
  }

  /** Requests that have not been answered yet. */
  get openCount(): number {
    return this.#open;
  }

  start(): void {
    for (let client = 0; client < clientCount; client += 1) this.#scheduleNext();
  }

  /** Sends no new requests; those in progress continue to their end. */
  stopAsking(): void {
    this.#isCalm = true;
  }

  #scheduleNext(): void {
    const { world, random, plan } = this.#parts;
    world.after(random.between(1, 2 * plan.appendIntervalMs), () => {
      if (this.#isCalm) return;
      if (random.chance(0.2)) this.#read();
      else this.#append(this.#letters.next());
      this.#scheduleNext();
    });
  }

  /** An append through this node, at `majority`. @returns resolves once it is acknowledged, or refused because too many wait; `undefined` once it is calm */
  probe(node: SimNode): Promise<void> | undefined {
    if (this.#isCalm) return undefined;
    return new Promise((resolve) => {
      this.#append(this.#letters.probe(), { node, w: 'majority', timeoutMs: probeTimeoutMs, isImpatient: false, onDone: resolve });
    });
  }

  #drawAsking(): Asking {
    const { random, nodes } = this.#parts;
    const node = random.pick(nodes);
    const w = random.pick([1, 2, 2, 3, 3, 'majority', 'majority', 'all'] as const);
    return { node, w, timeoutMs: random.between(100, 10_000), isImpatient: random.chance(0.1) };
  }

  #append(letter: Letter, asking = this.#drawAsking()): void {
    const { random, network, world, coverage, tell } = this.#parts;
    const { node, w, timeoutMs, isImpatient } = asking;
    const append = appendOf(letter);
    const { wishes, isSpread } = letter;
    const message = wishes.map((wish) => wish.message).join();
    const mayRepeat = isRepeatable(letter);
    for (const wish of new Set(wishes)) wish.attempts += 1;
    this.#open += 1;
    const ask: LeadersRequest<AppendResult>['ask'] = (driver, leftMs, gone, from) => {
      this.#checkIsMeant(driver, from);
      const known = from?.identity === undefined ? append.key : keyOfIdentity(from.identity, append.messages.count);
      const asked = { w, timeoutMs: leftMs, ifEpoch: letter.ifEpoch };
      const { ifEpoch, ...concern } = from === undefined ? asked : forwarded(asked);
      return this.#inTime({ driver, timeoutMs: leftMs, gone }, appendFor(gone, driver, { ...append, key: known, concern, ifEpoch }));
    };
    const tries = new Tries(world);
    const gone = new AbortController();
    if (isImpatient) world.after(random.between(1, 200), () => gone.abort(new Error('the client went away')));
    const asker: Asker = {
      gone: gone.signal,
      onRepeat: () => coverage.count('a node forwarded an append again, to the next leader'),
      onTry: (at) => tries.begun(at),
    };
    const answer = node.call((process) => {
      tries.asked(process.driver);
      return this.#inTime(
        { driver: process.driver, timeoutMs: timeoutMs + wayToLeaderMs, gone: gone.signal },
        serve(network, process, { ask, timeoutMs, isRepeatable: mayRepeat, takesIdentity: !isSpread }, asker),
      );
    });
    // The checkers look after each event. A large queue can be written, flushed and answered within one, in memory.
    const judged = answer.then(async (heard) => {
      await world.wait(0);
      return heard;
    });
    unlessAborted(gone.signal, judged)
      .then(
        (heard) => {
          this.counts.acknowledged += 1;
          asking.onDone?.();
          tell(node.id, 'acknowledged', { message, w, offset: heard.offset, acks: heard.acks, epoch: heard.epoch });
          if (tries.wasKnownAgain(heard.epoch)) coverage.count('the next leader recognised an append without a key');
          this.#acknowledged(letter, w, heard);
          if (mayRepeat && random.chance(0.4)) this.#sendAgain(letter);
        },
        (error: unknown) => {
          const isRejected = error instanceof NotThere || (error instanceof LogError && problems[error.code].outcome === 'rejected');
          const code = error instanceof LogError ? error.code : String(error);
          tell(node.id, isRejected ? 'rejected' : 'unknown', { message, w, code });
          if (code === 'key-reused') this.#refusedKey(letter);
          if (isRejected) {
            tries.checkRefused(code);
            if (error instanceof LogError && code === 'wrong-epoch') this.#fencedOff(letter, error);
            this.counts.rejected += 1;
            if (code === 'overloaded') asking.onDone?.();
            if (code === 'no-room') coverage.count('an append found no room');
            if (code === 'disk-slow') coverage.count('an append waited behind a disk that hung');
            return;
          }
          this.counts.unknown += 1;
          // Where another epoch leads, there is nothing to wait for: what an earlier leader did with it stays unknown.
          if (letter.ifEpoch === undefined) tries.checkGivenUp(code, timeoutMs);
          coverage.count('a writer was answered unknown');
          for (const wish of wishes) wish.mayBeThere = true;
          if (mayRepeat) this.#sendAgain(letter);
        },
      )
      .catch((error: unknown) => this.#parts.onError(error))
      .finally(() => {
        this.#open -= 1;
      });
  }

  #acknowledged({ wishes }: Letter, w: WriteConcern, heard: AppendResult): void {
    const { history, coverage, world } = this.#parts;
    const isInPart = wishes.some((wish) => wish.isLasting) && wishes.some((wish) => wish.attempts === 1);
    if (isInPart) coverage.count('an append was in the log in part');
    const offsets = new Map<string, number>();
    for (const [index, wish] of wishes.entries()) {
      const { offset: at, epoch } = placeOf(heard, index);
      if (wish.attempts > 1 && wish.epoch !== undefined && wish.epoch !== epoch) coverage.count('a retry was answered by another epoch');
      claim((offsets.get(wish.message) ?? at) === at, () => `a message that is twice in an append has one offset: ${wish.message}`);
      offsets.set(wish.message, at);
      history.acknowledged(wish, { w, acks: heard.acks, offset: at, epoch }, world.now);
      if (wish.attempts > 1 && wish.ifEpoch !== undefined && wish.ifEpoch < history.knownEpoch)
        coverage.count('a retry of what an epoch that is over had stored was answered');
      this.#letters.acknowledged(wish);
    }
  }

  /** Refused, and nothing was stored: without the message that had another one's key it may be sent again. */
  #refusedKey(letter: Letter): void {
    claim(this.#letters.mayBeRefused(letter), () => `a key is refused only if it was used for another message: ${letter.wishes[0]?.key}`);
    this.#parts.coverage.count('a key was used for two messages');
    if (letter.hasForged && isRepeatable(letter)) this.#sendAgain(letter);
  }

  #fencedOff({ wishes, ifEpoch }: Letter, error: LogError): void {
    const message = wishes.map((wish) => wish.message).join();
    checkRefused({ message, ifEpoch, isLasting: wishes.every((wish) => wish.isLasting) }, error);
    if (Number(error.facts['epoch']) > Number(ifEpoch)) this.#parts.coverage.count('an append for an epoch that is over was refused');
  }

  #checkIsMeant(driver: Driver, from: Parameters<LeadersRequest<unknown>['ask']>[3]): void {
    const node = this.#parts.nodes.find((each) => each.driver === driver);
    if (from === undefined || node === undefined) return;
    try {
      checkIsMeant(driver.leader, { self: node.id, epoch: from.leaderEpoch });
    } catch (error) {
      this.#parts.onError(error);
    }
  }

  /** Whatever hangs, and whichever node leads: a client gets its answer by its deadline, as long as the process that it asked runs. */
  #inTime<T>({ driver, timeoutMs, gone }: Waiting, answer: Promise<T>): Promise<T> {
    const node = this.#parts.nodes.find((each) => each.driver === driver);
    let isAnswered = false;
    // In several steps: a process that was paused has much to do at once when it continues.
    const checkAnswer = (steps: number): void => {
      if (isAnswered || gone?.aborted === true) return;
      if (steps > 0) return node?.after(answerStepMs, () => checkAnswer(steps - 1));
      this.#parts.onError(new ClaimBroken(`a client is answered in time: ${node?.id} was asked for an answer within ${timeoutMs} ms`));
    };
    node?.after(timeoutMs, () => checkAnswer(answerSteps));
    return answer.finally(() => {
      isAnswered = true;
    });
  }

  #sendAgain(letter: Letter): void {
    const { random, world } = this.#parts;
    if (this.#isCalm || (letter.group[0]?.attempts ?? 0) >= attemptsMax) return;
    // Sometimes at once: then a new leader has not yet finished what it must do first.
    world.after(random.between(1, random.chance(0.5) ? 200 : 3000), () => this.#append(this.#letters.again(letter)));
  }

  #read(): void {
    const { random, nodes, history, trims, tell } = this.#parts;
    const node = random.pick(nodes);
    const level = random.pick(['default', 'committed', 'linearizable'] as const);
    const known = history.knownEnd;
    const knownFirst = trims.knownFirst;
    this.#open += 1;
    node
      .call(async ({ driver }) => {
        const end =
          level === 'default'
            ? driver.visibleEnd
            : level === 'committed'
              ? driver.committedEnd
              : await this.#inTime({ driver, timeoutMs: readTimeoutMs }, driver.linearizableEnd(readTimeoutMs));
        const { firstOffset } = driver;
        // What the storage reads is compared with what was written (shadowed-log.ts).
        if (end > 0 && random.chance(0.5)) await driver.readEntriesFrom(offset(random.between(0, end - 1)), 512);
        return { entries: node.entries(0, end), firstOffset };
      })
      .then(
        ({ entries, firstOffset }) => {
          this.counts.reads += 1;
          tell(node.id, 'read', { level, end: entries.length });
          if (level === 'committed') history.committedRead(entries);
          if (level !== 'linearizable') return;
          history.linearizableRead(entries, known);
          trims.linearizableRead(firstOffset, knownFirst);
        },
        () => undefined, // A read that was refused, or broke off, proves nothing.
      )
      .catch((error: unknown) => this.#parts.onError(error))
      .finally(() => {
        this.#open -= 1;
      });
  }
}

/** The settings of an append, as the leader reads them from what the forwarding node writes. */
function forwarded(settings: AppendSettings): AppendSettings {
  const read = readForwardedTarget(forwardedTarget(settings));
  claim(read !== undefined, () => `a leader reads what another node forwards: ${forwardedTarget(settings)}`);
  return read;
}

/** An append that is abandoned when the client goes away. */
function appendFor(gone: AbortSignal, driver: Driver, append: Parameters<Driver['append']>[0]): Promise<AppendResult> {
  return driver.append(append, (id) => gone.addEventListener('abort', () => driver.abandon(id), { once: true }));
}

/** @throws why it was aborted */
function unlessAborted<T>(signal: AbortSignal, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    answer.then(resolve, reject);
  });
}
