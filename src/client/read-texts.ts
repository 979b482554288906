/**
 * Reads the log as it arrives, each entry as the JSON text that the node sent. One request reads as far as it can; if
 * its answer breaks off, the next one continues after the last entry.
 */

import { lastEventIdHeader } from '../api/headers.ts';
import { ndjsonMediaType } from '../api/media-types.ts';
import { messagesPath } from '../api/paths.ts';
import { firstOffsetOf, markOf, sameLog } from './log-identity.ts';
import { pause, slackMs } from './node-caller.ts';
import type { NodeCaller, Request } from './node-caller.ts';
import { ProblemError } from './problem-error.ts';
import type { ReadTextsOptions } from './types.ts';

/** How far the reader has come. */
interface Progress {
  /** `undefined`: the first entry that is kept, which the node will tell. */
  next: number | undefined;
  left: number;
  /** Epoch and offset of the last entry. */
  lastPlace: string | undefined;
  /** Mark of its log; `undefined` until a node has told it. */
  mark: string | undefined;
  failedBefore: number;
}

interface Opened {
  readonly body: ReadableStream<Uint8Array>;
  readonly mark: string | undefined;
  /** The first entry that is kept. */
  readonly firstOffset: number;
}

/** Yields entries up to the end of the log at the time of the request. @throws ProblemError, or the signal's reason */
export async function* readTexts(
  caller: NodeCaller,
  options: ReadTextsOptions & { readonly timeoutMs: number },
): AsyncGenerator<string, void, undefined> {
  const { from, limit = Number.MAX_SAFE_INTEGER, timeoutMs, silenceMs = timeoutMs + slackMs, signal } = options;
  const progress: Progress = { next: from, left: limit, lastPlace: undefined, mark: undefined, failedBefore: 0 };
  let deadline = performance.now() + timeoutMs;
  for (;;) {
    const url = caller.nodes.current;
    const { lastPlace } = progress;
    // Closes the connection when the reader stops, even in the middle of an answer.
    const over = new AbortController();
    const end = (): void => over.abort(signal?.reason);
    signal?.addEventListener('abort', end, { once: true });
    try {
      signal?.throwIfAborted();
      const tried = await caller.ask(url, requestOf(options, progress, over.signal), silenceMs);
      let failure = 'problem' in tried ? tried : undefined;
      if ('result' in tried) {
        progress.mark = sameLog(progress.mark, tried.result.mark);
        if (progress.lastPlace === undefined) progress.next = from ?? tried.result.firstOffset;
        const problem = yield* textsOf(tried.result.body, progress, { url, silenceMs, over });
        if (problem !== undefined && progress.left > 0) failure = { problem, retryAfterMs: undefined };
      }
      signal?.throwIfAborted();
      if (failure === undefined) return;
      if (progress.lastPlace !== lastPlace) deadline = performance.now() + timeoutMs;
      const again = caller.nextTry({ ...failure, failedBefore: progress.failedBefore });
      progress.failedBefore += 1;
      const now = performance.now();
      let waitMs = again?.waitMs ?? 0;
      if (again?.isElsewhere === true) waitMs += caller.leave(url, failure, { now, restMs: again.restMs });
      if (again === undefined || now + waitMs >= deadline) throw failure.problem;
      caller.retrying({ method: 'GET', path: messagesPath }, { url, failures: progress.failedBefore, waitMs, reason: failure.problem });
      await pause(waitMs, signal);
    } finally {
      signal?.removeEventListener('abort', end);
      over.abort();
    }
  }
}

function requestOf(
  { from, limit, level, timeoutMs }: ReadTextsOptions & { readonly timeoutMs: number },
  { next, left, lastPlace, mark }: Progress,
  signal: AbortSignal,
): Request<Opened> {
  const query = new URLSearchParams();
  const start = lastPlace === undefined ? from : next;
  if (start !== undefined) query.set('from', String(start));
  if (limit !== undefined) query.set('limit', String(left));
  if (level !== undefined) query.set('read', level);
  // How long the node may take to confirm the read.
  if (level === 'linearizable' && timeoutMs !== Infinity) query.set('timeoutMs', String(timeoutMs));
  const headers: Record<string, string> = { accept: ndjsonMediaType };
  if (lastPlace !== undefined) headers[lastEventIdHeader] = lastPlace + (mark === undefined ? '' : `@${mark}`);
  return {
    method: 'GET',
    path: query.size === 0 ? messagesPath : `${messagesPath}?${query.toString()}`,
    headers,
    signal,
    read: ({ response }) => {
      if (response.body === null) throw new Error('the answer has no body');
      return Promise.resolve({ body: response.body, mark: markOf(response), firstOffset: firstOffsetOf(response) });
    },
  };
}

/** @returns why the answer ended early; `undefined` if it is complete */
async function* textsOf(
  body: Opened['body'],
  progress: Progress,
  { url, silenceMs, over }: { readonly url: string; readonly silenceMs: number; readonly over: AbortController },
): AsyncGenerator<string, ProblemError | undefined, undefined> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  /** The beginning of a line whose end has not arrived yet. */
  let pieces: string[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = (): void => void reader.cancel().catch(() => undefined);
  over.signal.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      if (silenceMs !== Infinity) timer = setTimeout(() => over.abort(new Error(`it said nothing for ${silenceMs} ms`)), silenceMs);
      const { value, done } = await reader.read();
      clearTimeout(timer);
      if (done) return over.signal.aborted || pieces.length > 0 ? brokenOff(url, over.signal.reason) : undefined;
      const piece = decoder.decode(value, { stream: true });
      let start = 0;
      for (let end = piece.indexOf('\n'); end !== -1; end = piece.indexOf('\n', start)) {
        pieces.push(piece.slice(start, end));
        const text = pieces.join('');
        pieces = [];
        start = end + 1;
        take(text, progress);
        yield text;
      }
      if (start < piece.length) pieces.push(piece.slice(start));
    }
  } catch (error) {
    return error instanceof ProblemError ? error : brokenOff(url, over.signal.reason, error);
  } finally {
    clearTimeout(timer);
    over.signal.removeEventListener('abort', stop);
    await reader.cancel().catch(() => undefined);
  }
}

/** @throws ProblemError if it is not the next entry */
function take(text: string, progress: Progress): void {
  const [, at, epoch] = /^\{"offset":(\d+),"epoch":(\d+),/.exec(text) ?? [];
  if (Number(at) !== progress.next) {
    const detail = `expected entry ${progress.next}, got "${text.slice(0, 40)}"`;
    throw new ProblemError({ code: 'bad-answer', detail, outcome: 'rejected', retryable: true });
  }
  progress.next = Number(at) + 1;
  progress.left -= 1;
  progress.lastPlace = `${epoch}:${at}`;
  progress.failedBefore = 0;
}

/** @param reason - why the client aborted it, if it did */
function brokenOff(url: string, reason: unknown, cause: unknown = reason): ProblemError {
  const why = reason instanceof Error ? `: ${reason.message}` : '';
  const detail = `the answer of ${url} broke off${why}`;
  return new ProblemError({ code: 'unreachable', detail, outcome: 'rejected', retryable: true }, { cause });
}
