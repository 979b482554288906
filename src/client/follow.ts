/**
 * Follows the log from some place on, whatever happens to connections and nodes: each entry comes once, in order. It
 * ends when the reader stops, when its signal aborts, or when going on makes no sense: the last entry was cut by a
 * change of leader, the next one was trimmed (unless it may be skipped), or the request itself is refused.
 */

import { heartbeatHeader, lastEventIdHeader } from '../api/headers.ts';
import { eventsMediaType } from '../api/media-types.ts';
import { messagesPath } from '../api/paths.ts';
import { pause } from './node-caller.ts';
import type { NodeCaller, Request } from './node-caller.ts';
import { EventParser } from '../api/event-stream-parser.ts';
import type { ServerEvent } from '../api/event-stream-parser.ts';
import { Patience } from './patience.ts';
import { firstOffsetOf, idParts, markOf, sameLog } from './log-identity.ts';
import { ProblemError, problemIn } from './problem-error.ts';
import { retryAfterOf } from './retrying.ts';
import { Doubted, silentRestMs } from './silence.ts';
import type { FollowOptions } from './types.ts';

/** A connection is given up after this many of its node's heartbeats; and the heartbeat of a node that does not state one. */
const heartbeatsMissed = 3;
const heartbeatMsUnsaid = 15_000;
/** It is never given up sooner than this: a machine may be busy for a moment. */
const silenceMsMin = 3000;
/** How long the answer may take to begin. */
const beginsWithinMs = 15_000;
/** A trim may come between a node's answer and its first read: a reader with no place of its own then begins once more. */
const beginsAnewWithinMs = 1000;

/** How far the reader has come. */
interface Progress {
  /** `undefined`: the first entry that is kept, which the node will tell. */
  next: number | undefined;
  lastId: string | undefined;
  /** There was an entry. */
  hasRead: boolean;
  /** Mark of its log; `undefined` until a node has told it. */
  mark: string | undefined;
  failedBefore: number;
  /** When the last entry came or the stream began, on the clock of `performance.now()`. */
  entryAt: number;
}

/** Yields entries as JSON texts. @throws ProblemError, or the signal's reason */
export async function* followTexts(caller: NodeCaller, options: FollowOptions): AsyncGenerator<string, void, undefined> {
  const { signal, onRetry } = options;
  const progress: Progress = { next: options.from, lastId: undefined, hasRead: false, mark: undefined, failedBefore: 0, entryAt: 0 };
  for (;;) {
    const url = caller.nodes.current;
    // Closes the connection when the reader stops, even in the middle of an answer.
    const over = new AbortController();
    const end = (): void => over.abort(signal?.reason);
    signal?.addEventListener('abort', end, { once: true });
    let unwatch: (() => void) | undefined;
    try {
      signal?.throwIfAborted();
      const tried = await caller.ask(url, requestOf(options, progress, over.signal), options.silenceMs ?? beginsWithinMs);
      let failure = 'problem' in tried ? tried : undefined;
      if ('result' in tried) {
        const { body, retryAfterMs, heartbeatMs } = tried.result;
        if (!continues(tried.result, progress, options)) continue;
        const patience = new Patience({
          silenceMs: options.silenceMs ?? Math.max(silenceMsMin, heartbeatsMissed * heartbeatMs),
          askAfterMs: options.silenceMs === undefined ? caller.limits.askAfterMs : Infinity,
          answers: () => caller.answers(url, over.signal),
          giveUp: (why) => over.abort(why),
        });
        unwatch = caller.watchQuiet(url, {
          isQuiet: () => performance.now() - progress.entryAt >= caller.limits.quietAfterMs,
          giveUp: (why) => over.abort(why),
        });
        const problem = yield* entriesOf(body, progress, { patience, over, heard: () => caller.heardFrom(url) });
        const doubted: unknown = over.signal.reason;
        failure = { problem, retryAfterMs, ...(doubted instanceof Doubted && { retryAfterMs: silentRestMs, turnTo: doubted.turnTo }) };
      }
      unwatch?.();
      signal?.throwIfAborted();
      if (failure === undefined) continue;
      const { problem } = failure;
      if (goesOnAfterTrim(problem, progress, options)) continue;
      const next = caller.nextTry({ ...failure, failedBefore: progress.failedBefore });
      if (next === undefined) throw problem;
      progress.failedBefore += 1;
      const restMs = next.isElsewhere ? caller.leave(url, failure, { now: performance.now(), restMs: next.restMs }) : 0;
      const waitMs = next.waitMs + restMs;
      onRetry?.(problem);
      caller.retrying({ method: 'GET', path: messagesPath }, { url, failures: progress.failedBefore, waitMs, reason: problem });
      await pause(waitMs, signal);
    } finally {
      unwatch?.();
      signal?.removeEventListener('abort', end);
      over.abort();
    }
  }
}

/**
 * Takes over what the node says of its log.
 * @returns whether the stream continues where the reader is; a reader that has read nothing, and named no place, begins anew in
 * another log
 * @throws ProblemError if it is another log
 */
function continues({ mark, firstOffset }: Opened, progress: Progress, { from }: FollowOptions): boolean {
  const isOther = progress.mark !== undefined && mark !== undefined && mark !== progress.mark;
  if (isOther && from === undefined && !progress.hasRead && progress.next !== 0) {
    progress.mark = mark;
    progress.next = undefined;
    return false;
  }
  // A reader that begins at 0 accepts any log.
  progress.mark = progress.next === 0 ? mark : sameLog(progress.mark, mark);
  progress.next ??= firstOffset;
  progress.entryAt = performance.now();
  return true;
}

/** Entries that the reader lacks were trimmed. @returns whether it goes on, from where the log begins now */
function goesOnAfterTrim({ code, facts }: ProblemError, progress: Progress, { from, onTrimmed, onSkip }: FollowOptions): boolean {
  const { firstOffset } = facts;
  const { next: start, hasRead, entryAt } = progress;
  if (code !== 'trimmed' || typeof firstOffset !== 'number' || start === undefined || firstOffset <= start) return false;
  const hasBegun = from !== undefined || hasRead || performance.now() - entryAt > beginsAnewWithinMs;
  if (hasBegun && onTrimmed !== 'skip') return false;
  progress.next = hasBegun ? firstOffset : undefined;
  progress.lastId = undefined;
  if (hasBegun) onSkip?.({ start, firstOffset, count: firstOffset - start });
  return true;
}

function requestOf({ level }: FollowOptions, { next, lastId }: Progress, signal: AbortSignal): Request<Opened> {
  const query = new URLSearchParams();
  if (lastId === undefined && next !== undefined) query.set('from', String(next));
  if (level !== undefined) query.set('read', level);
  return {
    method: 'GET',
    path: query.size === 0 ? messagesPath : `${messagesPath}?${query.toString()}`,
    headers: { accept: eventsMediaType, ...(lastId === undefined ? {} : { [lastEventIdHeader]: lastId }) },
    signal,
    read: ({ response }) => {
      if (response.body === null) throw new Error('the answer has no body');
      // A temporary refusal is a stream that ends at once, since a browser's EventSource would otherwise never
      // reconnect.
      return Promise.resolve({
        body: response.body,
        mark: markOf(response),
        firstOffset: firstOffsetOf(response),
        retryAfterMs: retryAfterOf(response.headers.get('retry-after'), Date.now()),
        heartbeatMs: heartbeatOf(response.headers.get(heartbeatHeader)),
      });
    },
  };
}

function heartbeatOf(header: string | null): number {
  const ms = Number(header ?? heartbeatMsUnsaid);
  return ms > 0 && ms < Infinity ? ms : heartbeatMsUnsaid;
}

type Body = ReadableStream<Uint8Array>;

interface Opened {
  readonly body: Body;
  readonly mark: string | undefined;
  /** The first entry that is kept. */
  readonly firstOffset: number;
  /** Set for a stream that only tells why it is refused. */
  readonly retryAfterMs: number | undefined;
  readonly heartbeatMs: number;
}

/** @returns why there are no more entries on this connection */
async function* entriesOf(
  body: Body,
  progress: Progress,
  { patience, over, heard }: { readonly patience: Patience; readonly over: AbortController; readonly heard: () => void },
): AsyncGenerator<string, ProblemError, undefined> {
  const parser = new EventParser();
  const decoder = new TextDecoder();
  const reader = body.getReader();
  // `over` alone would do if the body always belonged to the aborted request; a given `fetch` may differ.
  const stop = (): void => void reader.cancel().catch(() => undefined);
  over.signal.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      patience.heard();
      const { value, done } = await reader.read();
      patience.stop();
      if (done) return broken(over.signal.aborted ? over.signal.reason : new Error('the stream ended'));
      heard();
      for (const event of parser.push(decoder.decode(value, { stream: true }))) {
        if (event.type === 'end') return lastWord(event);
        if (event.type !== 'message' || !isNext(event, progress)) continue;
        progress.next = idParts(event.id).offset + 1;
        progress.lastId = event.id;
        progress.hasRead = true;
        progress.failedBefore = 0;
        progress.entryAt = performance.now();
        yield event.data;
      }
    }
  } catch (error) {
    return error instanceof ProblemError ? error : broken(over.signal.aborted ? over.signal.reason : error);
  } finally {
    patience.stop();
    over.signal.removeEventListener('abort', stop);
    await reader.cancel().catch(() => undefined);
  }
}

/** Whether this is the next entry; earlier ones are skipped. @throws Error if an entry is missing */
function isNext({ id }: ServerEvent, progress: Progress): boolean {
  const { next = 0 } = progress;
  const { offset: at, mark } = idParts(id);
  // A node that had no log when it was asked may have got one since.
  progress.mark = sameLog(progress.mark, mark);
  if (!Number.isSafeInteger(at) || at > next) throw new Error(`expected entry ${next}, got "${id}"`);
  return at === next;
}

/** Last words of a stream that are not final: whether the last entry was cut, or the token counts, the next request tells. */
const toldAgain: ReadonlySet<string> = new Set(['history-changed', 'unauthorized']);

/** Why the node ended the stream. */
function lastWord({ data }: ServerEvent): ProblemError {
  const problem = problemIn(data, 0) ?? broken(new Error('the node ended the stream'));
  return toldAgain.has(problem.code) ? problem.with({ retryable: true }) : problem;
}

function broken(error: unknown): ProblemError {
  const reason = error instanceof Error ? error.message : String(error);
  return new ProblemError(
    { code: 'unreachable', detail: `the stream broke off: ${reason}`, outcome: 'rejected', retryable: true },
    { cause: error },
  );
}
