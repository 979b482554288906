/**
 * What a service and its node say to each other, usually from one thread to another. Each side gathers what it has to say in one
 * turn of its loop, and says it at once. Everything here can be cloned; bytes are handed over without a copy.
 */

import type { ReadLevel, WriteConcern } from '../../api/entries.ts';
import type { Health } from '../../api/health.ts';
import type { ProblemFacts } from '../../api/problem-document.ts';
import type { ProblemCode } from '../../api/problems.ts';
import type { Config } from '../../config/config.ts';

/** How a node is opened. */
export interface Setup {
  readonly config: Config;
  /** Its log lines go to standard output, too. */
  readonly logsToStdout: boolean;
}

/** Appends with the same options, in the order of their calls. */
export interface AskedGroup {
  readonly id: number;
  /** How many of the bytes that come with it are its own. */
  readonly byteCount: number;
  /** How many messages each append has. */
  readonly counts: readonly number[];
  /** `undefined`: that of the node. */
  readonly w: WriteConcern | undefined;
  /** They are only for this epoch. */
  readonly ifEpoch: number | undefined;
  /** `undefined`: that of the node. */
  readonly timeoutMs: number | undefined;
  /** The user's own, which stands for one append. */
  readonly key: string | undefined;
  /** Of its messages, one or null each; then there is no `key`. */
  readonly keys: readonly (string | null)[] | undefined;
  readonly traceparent: string | undefined;
}

/** Asks for entries from one place on. */
export interface AskedPage {
  /** `undefined`: the first that is kept. */
  readonly from: number | undefined;
  readonly limit: number;
  readonly level: ReadLevel;
  /** How long confirming a linearizable read may take; `undefined`: the node's own timeout. */
  readonly timeoutMs: number | undefined;
  /** The entry that was read last: a log without it is refused. */
  readonly seen: SeenEntry | undefined;
  /** Wait until there is an entry. */
  readonly waits: boolean;
}

interface SeenEntry {
  readonly offset: number;
  readonly epoch: number;
  /** Which log it is from. */
  readonly mark: string | undefined;
}

export interface Page {
  /** Entries as JSON, separated by commas: `[start, next)`. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly next: number;
  /** There is no more at present. */
  readonly isEnd: boolean;
  /** The last entry of it; `undefined` if it has none. */
  readonly last: SeenEntry | undefined;
}

/** By kind of call: what is asked, and what is answered. */
export interface CallKinds {
  readonly page: { readonly asked: AskedPage; readonly answer: Page };
  /** Until appends would be taken. */
  readonly ready: { readonly asked: { readonly timeoutMs: number | undefined }; readonly answer: undefined };
  readonly status: { readonly asked: undefined; readonly answer: Health };
  /** Hands over and closes: the last answer. */
  readonly stop: { readonly asked: undefined; readonly answer: undefined };
}
export type CallKind = keyof CallKinds;
export type AskedCall = {
  readonly [Kind in CallKind]: { readonly id: number; readonly kind: Kind; readonly asked: CallKinds[Kind]['asked'] };
}[CallKind];

/** All that was asked in one turn. */
export interface Asked {
  readonly groups: readonly AskedGroup[];
  /** The messages of the groups, each as JSON text with its length before it. */
  readonly bytes: Uint8Array | undefined;
  readonly calls: readonly AskedCall[];
  /** Groups and calls for which nobody waits any more. */
  readonly dropped: readonly number[];
}

/** A failure, as a `LogError` has it. */
export interface ToldProblem {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly facts: ProblemFacts;
  readonly status: number;
}

/** Of the appends `[from, to)` of a group. */
interface OfGroup {
  readonly group: number;
  readonly from: number;
  readonly to: number;
}

/** One for each message. */
export interface Places {
  readonly offsets: readonly number[];
  /** `undefined` if it is one for all. */
  readonly epochs: readonly number[] | undefined;
}

export interface Stored extends OfGroup {
  /** Of the first message of the first append; the others follow without a gap. */
  readonly offset: number;
  readonly epoch: number;
  readonly w: WriteConcern;
  readonly acks: number;
  /** With `keys`: where the messages are, which need not follow each other. */
  readonly places: Places | undefined;
}

export interface NotStored extends OfGroup {
  readonly problem: ToldProblem;
}

export interface AnsweredCall {
  readonly id: number;
  readonly result: { readonly answer: CallKinds[CallKind]['answer'] } | { readonly problem: ToldProblem };
}

/** The node that leads, as far as this one knows. */
export interface KnownLeader {
  /** Its name in the cluster. */
  readonly id: string;
  readonly url: string;
  /** The number of its leadership, which only grows. */
  readonly epoch: number;
}

export interface ToldLeadership {
  /** As the node knows it; `undefined` while it knows none. */
  readonly leader: KnownLeader | undefined;
  /** The epoch that the node itself leads, with certainty. */
  readonly leads: number | undefined;
}

/** All that was answered in one turn. */
export interface Told {
  /** Set if it has changed. */
  readonly leadership?: ToldLeadership | undefined;
  readonly appends: readonly (Stored | NotStored)[];
  readonly calls: readonly AnsweredCall[];
}

/** An error that has to be cloned, with all that its reader may want to know. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  readonly stack: string | undefined;
  /** Of a `ConfigError`. */
  readonly mistakes: readonly string[] | undefined;
}

/** What a thread says. */
export type FromThread =
  | { readonly kind: 'started' }
  | { readonly kind: 'told'; readonly told: Told }
  /** It did not start, or cannot go on. */
  | { readonly kind: 'failed'; readonly error: PlainError };

/** Tells a thread whose node has stopped to end. */
export const endOfThread = 'end';
export type EndOfThread = typeof endOfThread;
