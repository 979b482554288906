/** A message over many lines. Of long strings and of long messages the beginning is shown, and the rest when it is asked for. */

import { useMemo, useState } from 'preact/hooks';
import { jsonLines } from './json-lines.ts';
import type { JsonLine } from './json-lines.ts';
import type { Token } from './json-tokens.ts';

const linesPerStep = 500;
const stringCharsMax = 300;

export function JsonBlock({ text }: { readonly text: string }) {
  const [linesMax, setLinesMax] = useState(linesPerStep);
  const { lines, isAll } = useMemo(() => firstLines(text, linesMax), [text, linesMax]);
  return (
    <>
      <pre class="json json-block">
        {lines.map((line, index) => (
          <div key={index} style={{ paddingInlineStart: `${line.depth * 2}ch` }}>
            {line.tokens.map((token) => (
              <Word key={token.start} text={text} token={token} />
            ))}
          </div>
        ))}
      </pre>
      {!isAll && (
        <button type="button" class="link" onClick={() => setLinesMax(linesMax + linesPerStep)}>
          Show {linesPerStep} more lines
        </button>
      )}
    </>
  );
}

function Word({ text, token }: { readonly text: string; readonly token: Token }) {
  const [isOpen, setOpen] = useState(false);
  const length = token.end - token.start;
  const isCut = length > stringCharsMax && !isOpen;
  return (
    <span data-kind={token.kind}>
      {text.slice(token.start, isCut ? token.start + stringCharsMax : token.end)}
      {token.kind === 'punctuation' && text.charAt(token.start) === ':' && ' '}
      {isCut && (
        <>
          …{' '}
          <button type="button" class="link" onClick={() => setOpen(true)}>
            show all ({length.toLocaleString('en')} characters)
          </button>
        </>
      )}
    </span>
  );
}

function firstLines(text: string, linesMax: number): { readonly lines: readonly JsonLine[]; readonly isAll: boolean } {
  const lines: JsonLine[] = [];
  for (const line of jsonLines(text)) {
    if (lines.length === linesMax) return { lines, isAll: false };
    lines.push(line);
  }
  return { lines, isAll: true };
}
