/**
 * The form of appends that a node forwards in one request (docs/protocol.md): of each a line of JSON with the length of its body,
 * its target and its headers, as in a request of its own; then the body and a newline. The answer has a line of JSON for each, as
 * soon as it is known, in any order: its number among them, the status and the body.
 *
 * What a leader reads here was sent by a node, or by whoever passes for one: everything is checked.
 */

import { LogError } from '../../api/problems.ts';

/** One request among others. */
export interface RequestAmong {
  readonly target: string;
  /** Names and values in turn, without those that all of them share. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

const newline = 0x0a;

/** A part of the body of a request. */
export function togetherPart({ target, headers, body }: RequestAmong): readonly Buffer[] {
  return [Buffer.from(`${JSON.stringify([body.length, target, ...headers])}\n`), body, Buffer.of(newline)];
}

/** @throws LogError: `bad-request`, and then none of them is to be appended */
export function readTogether(bytes: Buffer): readonly RequestAmong[] {
  const requests: RequestAmong[] = [];
  for (let at = 0; at < bytes.length; ) {
    const lineEnd = bytes.indexOf(newline, at);
    const line = lineEnd === -1 ? undefined : listIn(bytes.toString('utf8', at, lineEnd));
    if (line === undefined) return misread(at);
    const [length, target, ...headers] = line;
    const bodyStart = lineEnd + 1;
    const bodyEnd = bodyStart + (isCount(length) ? length : 0);
    const isRight = isCount(length) && typeof target === 'string' && headers.every(isText) && bytes[bodyEnd] === newline;
    if (!isRight) return misread(at);
    requests.push({ target, headers, body: bytes.subarray(bodyStart, bodyEnd) });
    at = bodyEnd + 1;
  }
  return requests.length === 0 ? misread(0) : requests;
}

function misread(position: number): never {
  throw new LogError('bad-request', `what was forwarded together cannot be read at byte ${position}`);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function listIn(line: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A line of the answer. @param index - of the request among them @param json - of one line, with or without its end */
export function togetherAnswer(index: number, status: number, json: string): string {
  return `[${index},${status},${json.trimEnd()}]\n`;
}

export interface AnswerAmong {
  readonly index: number;
  readonly status: number;
  /** The value of its JSON. */
  readonly body: unknown;
}

/** @returns `undefined` for what is no line of such an answer */
export function readTogetherAnswer(line: string): AnswerAmong | undefined {
  const [index, status, body] = listIn(line) ?? [];
  return isCount(index) && isCount(status) ? { index, status, body } : undefined;
}
