/**
 * Messages that say where they come from: generator, lane and a counter of fixed width, then filling. Letters and digits
 * only, so that a message is the same in JSON, as base64 and as bytes.
 */

const generatorDigits = 4;
const laneDigits = 4;
export const counterDigits = 12;

/** `g0001l0063n000000000042`, and where the parts are in it. */
const laneAt = 1 + generatorDigits + 1;
const counterAt = laneAt + laneDigits + 1;
const messageBytesMin = counterAt + counterDigits;

const filling = 'QmVuY2htYXJraW5nIGlzIGhhcmQgdG8gZ2V0IHJpZ2h0IGFuZCBlYXN5IHRvIGdldCB3cm9uZyBzbyBjb3VudCB0d2ljZQ';

/** In place of a counter that is written later. */
export const counterMark = '#'.repeat(counterDigits);

export function messageText(options: { readonly generator: number; readonly lane: number; readonly bytes: number }): string {
  const { generator, lane, bytes } = options;
  const head = `g${digits(generator, generatorDigits)}l${digits(lane, laneDigits)}n${counterMark}`;
  if (bytes < head.length) throw new Error(`a message has at least ${messageBytesMin} bytes`);
  return head.padEnd(bytes, filling);
}

function digits(value: number, width: number): string {
  const text = String(value).padStart(width, '0');
  if (text.length > width) throw new Error(`${value} does not fit into ${width} digits`);
  return text;
}

/** Writes a number over the zeros of a field. A field that is written again must not get fewer digits. */
export function writeCounter(bytes: Buffer, position: number, value: number): void {
  let rest = value;
  for (let at = position + counterDigits - 1; rest > 0; at -= 1) {
    const next = Math.floor(rest / 10);
    bytes[at] = 0x30 + rest - next * 10;
    rest = next;
  }
}

export interface MessageOrigin {
  readonly generator: number;
  readonly lane: number;
  readonly counter: number;
}

/** @returns `undefined` where no message of ours begins at `position` */
export function readOrigin(bytes: Buffer, position: number): MessageOrigin | undefined {
  if (bytes[position] !== 0x67 || bytes[position + laneAt - 1] !== 0x6c || bytes[position + counterAt - 1] !== 0x6e) return undefined;
  return {
    generator: readDigits(bytes, position + 1, generatorDigits),
    lane: readDigits(bytes, position + laneAt, laneDigits),
    counter: readDigits(bytes, position + counterAt, counterDigits),
  };
}

function readDigits(bytes: Buffer, position: number, width: number): number {
  let value = 0;
  for (let at = position; at < position + width; at += 1) value = value * 10 + (bytes[at] ?? 0) - 0x30;
  return value;
}
