/** JSON text over many lines, indented, in the spelling that it was sent in. Lines come one by one: nobody needs all of a large one. */

import { tokensOf } from './json-tokens.ts';
import type { Token } from './json-tokens.ts';

export interface JsonLine {
  readonly depth: number;
  readonly tokens: readonly Token[];
}

export function* jsonLines(text: string): Generator<JsonLine, void, undefined> {
  let depth = 0;
  let line: Token[] = [];
  let before = '';
  for (const token of tokensOf(text)) {
    const mark = token.kind === 'punctuation' ? text.charAt(token.start) : '';
    const closes = mark === '}' || mark === ']';
    const opened = before === '{' || before === '[';
    // What was opened and is not closed at once, and what ends, stands on a line of its own.
    if ((opened && !closes) || (closes && !opened) || before === ',') {
      yield { depth, tokens: line };
      line = [];
      if (opened) depth += 1;
      if (closes) depth -= 1;
    }
    line.push(token);
    before = mark;
  }
  if (line.length > 0) yield { depth, tokens: line };
}
