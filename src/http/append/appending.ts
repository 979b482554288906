/** Appends a request's messages: here if this node leads, otherwise at the leader. */

import { createHash } from 'node:crypto';
import { fingerprintBytes } from '../../core/model/batch.ts';
import type { AppendKey } from '../../core/model/batch.ts';
import { keyOfIdentity } from '../../core/model/forward-identity.ts';
import type { ForwardIdentity } from '../../core/model/forward-identity.ts';
import type { MessagePlaces } from '../../core/model/events.ts';
import type { Epoch, RequestId } from '../../core/model/numbers.ts';
import type { WriteConcern } from '../../api/entries.ts';
import type { Driver } from '../../driver/driver.ts';
import type { AppendResult } from '../../driver/requests.ts';
import type { Config } from '../../config/config.ts';
import { LogError } from '../../api/problems.ts';
import { eachMessage, lengthBytes } from '../../protocol/packed-messages.ts';
import type { PackedMessages } from '../../protocol/packed-messages.ts';
import type { AppendTrace } from '../../ports/append-traces.ts';
import type { Caller } from '../../trust/caller.ts';
import { checkIsMeant } from '../leader/forwarded.ts';
import type { ForwardedFrom } from '../leader/forwarded.ts';
import { forwardRequest } from '../leader/forward-request.ts';
import type { HttpForwardingNode } from '../leader/forward-request.ts';
import { hereOrAtLeader } from '../leader/here-or-at-leader.ts';
import { forwardedBody, forwardedTarget } from './forwarded-append.ts';
import { appendKeys } from './message-keys.ts';
import type { MessageKeys } from './message-keys.ts';
import { traceHeaders } from './trace-of.ts';
import { asLogError } from '../wire/problem.ts';
import type { StepQueue } from '../wire/steps.ts';

/** What appending needs of its node. */
export interface AppendingNode extends HttpForwardingNode {
  readonly config: Config;
  readonly driver: Driver;
  /** The queue in which bodies of appends are parsed. */
  readonly bodyWork: StepQueue;
}

export interface AppendCall {
  readonly messages: PackedMessages;
  readonly w: WriteConcern;
  readonly timeoutMs: number;
  /** It is only for this epoch. */
  readonly ifEpoch?: Epoch | undefined;
  /** The `Idempotency-Key`, as the client sent it. */
  readonly key: string | undefined;
  /** Those of the messages, if the body has them; then there is no `key`. */
  readonly keys: MessageKeys | undefined;
  /** Set if this node gave it one before it tried it for the first time: then it may be stored under it. */
  readonly identity?: ForwardIdentity | undefined;
  /** Set if another node forwarded it: it is not forwarded again. */
  readonly forwarded: ForwardedFrom | undefined;
  readonly caller: Caller;
  /** `undefined` if nobody follows it. */
  readonly trace: AppendTrace | undefined;
  /** Calls back when the client disconnects. */
  readonly onGone: (callback: () => void) => void;
}

/** @throws LogError */
export async function append(node: AppendingNode, call: AppendCall): Promise<AppendResult> {
  return hereOrAtLeader(node, {
    timeoutMs: call.timeoutMs,
    forwarded: call.forwarded,
    isRepeatable: isRepeatable(call) || call.identity !== undefined,
    here: (timeoutMs) => appendHere(node, { ...call, timeoutMs }),
    atLeader: (timeoutMs) => appendAtLeader(node, { ...call, timeoutMs }),
  });
}

/** It is harmless to store it twice, because it is recognised. A message without a key, among others with keys, is not. */
function isRepeatable({ key, keys }: AppendCall): boolean {
  return key !== undefined || (keys !== undefined && !keys.includes(null));
}

async function appendHere(node: AppendingNode, call: AppendCall): Promise<AppendResult> {
  const { driver, bodyWork } = node;
  const { messages, w, timeoutMs, ifEpoch, trace, forwarded } = call;
  let id: RequestId | undefined;
  let isGone = false;
  call.onGone(() => {
    isGone = true;
    if (id !== undefined) driver.abandon(id);
  });
  const key = appendKey(messages, { key: call.key, identity: forwarded?.identity ?? call.identity });
  const keys = call.keys === undefined ? undefined : await bodyWork.run(appendKeys(messages, call.keys), messages.bytes.length);
  // That may have taken a while.
  if (keys !== undefined && forwarded !== undefined) checkIsMeant(node, forwarded);
  return driver.append({ messages, key, keys, concern: { w, timeoutMs }, ifEpoch, trace }, (given) => {
    id = given;
    if (isGone) driver.abandon(given);
  });
}

async function appendAtLeader(node: AppendingNode, call: AppendCall): Promise<AppendResult> {
  const { contentType, bytes } = forwardedBody(call.messages, node.config.bodyBytesMax, call.keys);
  const headers: Record<string, string> = { 'content-type': contentType };
  if (call.key !== undefined) headers['idempotency-key'] = call.key;
  const { w, ifEpoch } = call;
  const path = (timeoutMs: number): string => forwardedTarget({ w, timeoutMs, ifEpoch });
  const forward = call.trace?.forwarded();
  if (forward?.context !== undefined) Object.assign(headers, traceHeaders(forward.context));
  const answer = await forwardRequest(node, {
    call: { method: 'POST', path, headers, body: bytes, caller: call.caller, isAppend: true },
    timeoutMs: call.timeoutMs,
    isRepeatable: isRepeatable(call),
    takesIdentity: call.keys === undefined,
    identity: call.identity,
  }).catch((error: unknown) => {
    forward?.ended(asLogError(error).code);
    throw isUnknownField(error, 'ifEpoch') ? leaderTooOld(error) : error;
  });
  forward?.ended(undefined);
  const { offset, acks, epoch, offsets, epochs } = (answer ?? {}) as Partial<AppendResult & MessagePlaces>;
  const isComplete = call.keys === undefined || offsets?.length === call.keys.length;
  if (offset === undefined || acks === undefined || epoch === undefined || !isComplete) {
    throw new LogError('forward-failed', "this node does not understand the leader's answer");
  }
  const places = offsets === undefined ? undefined : { offsets, epochs };
  return { offset, acks, epoch, entryCount: call.messages.count, places };
}

/** What this node has sent is right, so a leader that refuses a setting by name does not know it. */
function isUnknownField(error: unknown, field: string): error is LogError {
  return error instanceof LogError && error.code === 'bad-request' && error.facts['field'] === field;
}

function leaderTooOld(cause: LogError): LogError {
  return new LogError('upgrade-pending', 'the leader runs a version without "ifEpoch"; nothing was stored', {}, { cause });
}

/** @throws LogError */
export function checkKeys(key: string | undefined, keys: MessageKeys | undefined): void {
  if (key === undefined || keys === undefined) return;
  throw new LogError('bad-request', '"keys" and the header Idempotency-Key exclude each other: the header stands for all messages');
}

/** @throws LogError */
export function checkKey(headers: readonly string[] | undefined): string | undefined {
  if (headers === undefined) return undefined;
  const [header = '', ...others] = headers;
  const isRight = others.length === 0 && header.length >= 1 && header.length <= 255;
  if (!isRight) throw new LogError('bad-request', 'Idempotency-Key must be one value of 1 to 255 characters');
  return header;
}

/** What a retry is recognised by: the client's key or, for a forwarded append without one, its identity. */
export function appendKey(
  messages: PackedMessages,
  { key, identity }: { readonly key: string | undefined; readonly identity: ForwardIdentity | undefined },
): AppendKey | undefined {
  if (key !== undefined) return keyOf(key, messages);
  return identity === undefined ? undefined : keyOfIdentity(identity, messages.count);
}

/** The same on every node, so that a retry through another node is recognised. */
function keyOf(key: string, messages: PackedMessages): AppendKey {
  return {
    fingerprint: createHash('sha256').update(key, 'utf8').digest().subarray(0, fingerprintBytes),
    digest: createHash('sha256').update(digested(messages)).digest().subarray(0, fingerprintBytes),
    entryCount: messages.count,
  };
}

/** Each message, preceded by its length in digits. In one buffer: hashing a hundred thousand one by one takes long. */
function digested(messages: PackedMessages): Buffer {
  const digitsMax = 10;
  const text = Buffer.allocUnsafe(messages.bytes.length + messages.count * (digitsMax + 1 - lengthBytes));
  let length = 0;
  eachMessage(messages, (start, end) => {
    length += text.write(`${end - start}:`, length, 'latin1');
    length += messages.bytes.copy(text, length, start, end);
  });
  return text.subarray(0, length);
}
