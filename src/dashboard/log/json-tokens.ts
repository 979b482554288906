/** Cuts JSON text into pieces that have a colour each. Knows nothing of correctness: text that was cut off anywhere will do. */

export type TokenKind = 'key' | 'string' | 'number' | 'literal' | 'punctuation';

export interface Token {
  readonly kind: TokenKind;
  /** In the text: `[start, end)`. */
  readonly start: number;
  readonly end: number;
}

const space = /[ \t\r\n]/;

export function* tokensOf(text: string, end: number = text.length): Generator<Token, void, undefined> {
  let at = 0;
  while (at < end) {
    const first = text.charAt(at);
    if (space.test(first)) {
      at += 1;
    } else if (first === '"') {
      const stop = Math.min(stringEnd(text, at), end);
      yield { kind: text.charAt(stop) === ':' ? 'key' : 'string', start: at, end: stop };
      at = stop;
    } else if ('{}[],:'.includes(first)) {
      yield { kind: 'punctuation', start: at, end: at + 1 };
      at += 1;
    } else {
      const stop = Math.min(plainEnd(text, at), end);
      yield { kind: first === '-' || (first >= '0' && first <= '9') ? 'number' : 'literal', start: at, end: stop };
      at = stop;
    }
  }
}

/** One past the closing quote of the string that begins at `start`, or the text's end. */
function stringEnd(text: string, start: number): number {
  for (let from = start + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote === -1) return text.length;
    let backslashes = 0;
    while (text.charAt(quote - 1 - backslashes) === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
    from = quote + 1;
  }
}

const afterPlain = /[{}[\],:" \t\r\n]/g;

function plainEnd(text: string, start: number): number {
  afterPlain.lastIndex = start + 1;
  return afterPlain.exec(text)?.index ?? text.length;
}
