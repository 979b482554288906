/**
 * An entry as a node writes it, one per line. The message stays the text that its writer sent: number spelling, key order and
 * escapes are shown as they are, and nothing is parsed before somebody looks at it.
 */

export interface LogEntry {
  readonly offset: number;
  readonly epoch: number;
  readonly timestampMs: number;
  /** The message's JSON, or the beginning of it if it is longer than `keptCharsMax`. */
  readonly text: string;
  /** Of the whole JSON, in UTF-16 units. */
  readonly textLength: number;
}

/** So much of a message is kept with its row; the whole is read again for whoever opens it. */
const keptCharsMax = 32_768;

const beforeMessage = /^\{"offset":(\d+),"epoch":(\d+),"timestamp":"([^"]+)","message":/;

/** @throws if it is not an entry */
export function entryIn(line: string, keptChars: number = keptCharsMax): LogEntry {
  const found = beforeMessage.exec(line);
  if (found === null || !line.endsWith('}')) throw new Error(`not an entry: ${line.slice(0, 80)}`);
  const [before, offset, epoch, timestamp = ''] = found;
  const textLength = line.length - before.length - 1;
  const text = line.slice(before.length, before.length + Math.min(textLength, keptChars));
  return {
    offset: Number(offset),
    epoch: Number(epoch),
    timestampMs: Date.parse(timestamp),
    text: textLength > keptChars ? copyOf(text) : text,
    textLength,
  };
}

export function isWhole(entry: LogEntry): boolean {
  return entry.text.length === entry.textLength;
}

/** A piece of a string keeps all of it in memory, in every engine; a copy does not. */
function copyOf(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}
