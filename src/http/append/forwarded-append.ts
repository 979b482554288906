/**
 * The form of an append that a node forwards to the leader: a plain JSON body, with the settings in the query, because
 * the defaults are those of the node that the client asked. The leader takes it on the quick path (quick-append.ts); a
 * leader of an older version, which has only the path through Fastify, takes it as well. No setting is in the body too,
 * since one that is given twice is refused. A leader of a version without `ifEpoch` refuses a query that has it.
 */

import { epoch } from '../../core/model/numbers.ts';
import type { Epoch } from '../../core/model/numbers.ts';
import type { AppendWait } from '../../core/model/write-concern.ts';
import { timeoutMsMax } from '../../api/entries.ts';
import { jsonMediaType, ndjsonMediaType } from '../../api/media-types.ts';
import { messagesPath } from '../../api/paths.ts';
import { eachMessage, lengthBytes } from '../../protocol/packed-messages.ts';
import type { PackedMessages } from '../../protocol/packed-messages.ts';
import type { MessageKeys } from './message-keys.ts';

/** What a client says about its append beside the messages. */
export interface AppendSettings extends AppendWait {
  readonly ifEpoch: Epoch | undefined;
}

export function forwardedTarget({ w, timeoutMs, ifEpoch }: AppendSettings): string {
  return `${messagesPath}?w=${w}&timeoutMs=${timeoutMs}${ifEpoch === undefined ? '' : `&ifEpoch=${ifEpoch}`}`;
}

const forwardedQuery = /^\?w=(?:(majority|all)|([1-9]\d{0,14}))&timeoutMs=([1-9]\d{0,5})(?:&ifEpoch=([1-9]\d{0,14}))?$/;

/** @returns `undefined` for anything that `forwardedTarget` does not write, valid or not */
export function readForwardedTarget(target: string): AppendSettings | undefined {
  if (!target.startsWith(messagesPath)) return undefined;
  const found = forwardedQuery.exec(target.slice(messagesPath.length));
  if (found === null) return undefined;
  const [, word, count, time, only] = found;
  const timeoutMs = Number(time);
  if (timeoutMs > timeoutMsMax) return undefined;
  const w = (word as 'majority' | 'all' | undefined) ?? Number(count);
  return { w, timeoutMs, ifEpoch: only === undefined ? undefined : epoch(Number(only)) };
}

export interface ForwardedBody {
  readonly contentType: string;
  readonly bytes: Buffer;
}

/**
 * @param bytesMax - the leader's limit for a body. Lines are a few bytes shorter than JSON, and this node accepted them
 * @param keys - of the messages, if they have keys of their own. This node accepted a body that was no shorter
 */
export function forwardedBody(messages: PackedMessages, bytesMax: number, keys?: MessageKeys): ForwardedBody {
  if (keys !== undefined) {
    const open = Buffer.from(`{"keys":${JSON.stringify(keys)},`);
    const bytes = separated(messages, { open: '"messages":[', separator: ',', close: ']}' });
    return { contentType: jsonMediaType, bytes: Buffer.concat([open, bytes]) };
  }
  const open = messages.count === 1 ? '{"message":' : '{"messages":[';
  const close = messages.count === 1 ? '}' : ']}';
  const bytes = separated(messages, { open, separator: ',', close });
  if (bytes.length <= bytesMax) return { contentType: jsonMediaType, bytes };
  return { contentType: ndjsonMediaType, bytes: separated(messages, { open: '', separator: '\n', close: '' }) };
}

interface Around {
  readonly open: string;
  /** One ASCII character, like `open` and `close` ASCII only. */
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
