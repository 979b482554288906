/**
 * How an append looks that a node forwards to the leader: a plain JSON body, and both settings in the query, as what the
 * client left out goes by the node that it asked. The leader takes it the short way (quick-append.ts); a leader that knows
 * only the long way takes it as well, which is why no setting is in the body: there it would be said twice.
 */

import type { AppendWait } from '../../core/model/write-concern.ts';
import { writeTimeoutMsMax } from '../../config/config.ts';
import { jsonMediaType, ndjsonMediaType } from '../../api/media-types.ts';
import { messagesPath } from '../../api/paths.ts';
import { eachMessage, lengthBytes } from '../../protocol/packed-messages.ts';
import type { PackedMessages } from '../../protocol/packed-messages.ts';

export function forwardedTarget({ w, timeoutMs }: AppendWait): string {
  return `${messagesPath}?w=${w}&timeoutMs=${timeoutMs}`;
}

const forwardedQuery = /^\?w=(?:(majority|all)|([1-9]\d{0,14}))&timeoutMs=([1-9]\d{0,5})$/;

/** @returns `undefined` for what `forwardedTarget` does not write, be it right or wrong */
export function readForwardedTarget(target: string): AppendWait | undefined {
  if (!target.startsWith(messagesPath)) return undefined;
  const found = forwardedQuery.exec(target.slice(messagesPath.length));
  if (found === null) return undefined;
  const [, word, count, time] = found;
  const timeoutMs = Number(time);
  return timeoutMs > writeTimeoutMsMax ? undefined : { w: (word as 'majority' | 'all' | undefined) ?? Number(count), timeoutMs };
}

export interface ForwardedBody {
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** @param bytesMax - what the leader takes: lines are a few bytes shorter, and were taken here */
export function forwardedBody(messages: PackedMessages, bytesMax: number): ForwardedBody {
  const open = messages.count === 1 ? '{"message":' : '{"messages":[';
  const close = messages.count === 1 ? '}' : ']}';
  const bytes = separated(messages, { open, separator: ',', close });
  if (bytes.length <= bytesMax) return { contentType: jsonMediaType, bytes };
  return { contentType: ndjsonMediaType, bytes: separated(messages, { open: '', separator: '\n', close: '' }) };
}

interface Around {
  readonly open: string;
  /** Of one byte, as all of it is ASCII. */
  readonly separator: string;
  readonly close: string;
}

function separated({ count, bytes }: PackedMessages, { open, separator, close }: Around): Buffer {
  const text = Buffer.allocUnsafe(open.length + bytes.length - count * lengthBytes + count - 1 + close.length);
  const separatorByte = separator.charCodeAt(0);
  let length = text.write(open, 'latin1');
  let isFirst = true;
  eachMessage({ count, bytes }, (start, end) => {
    if (!isFirst) length = text.writeUInt8(separatorByte, length);
    isFirst = false;
    length += bytes.copy(text, length, start, end);
  });
  text.write(close, length, 'latin1');
  return text;
}
