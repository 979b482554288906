/** A message in one line, in colours. */

import { linePieces } from './row-text.ts';
import type { LineOptions } from './row-text.ts';

export function JsonLine({ text, ...options }: LineOptions & { readonly text: string }) {
  return (
    <span class="json">
      {linePieces(text, options).map(({ kind, text: piece, isMarked }, index) =>
        isMarked ? (
          <mark key={index} data-kind={kind}>
            {piece}
          </mark>
        ) : (
          <span key={index} data-kind={kind}>
            {piece}
          </span>
        ),
      )}
    </span>
  );
}
