/** One line of a message: pieces with a colour each, what is searched for marked, and what is too long left out. */

import { tokensOf } from './json-tokens.ts';
import type { TokenKind } from './json-tokens.ts';
import { placesIn } from './text-search.ts';

export interface Piece {
  readonly kind: TokenKind | 'rest';
  readonly text: string;
  readonly isMarked: boolean;
}

export interface LineOptions {
  /** So many are drawn. */
  readonly charsMax: number;
  /** So many of them are in sight for certain. */
  readonly charsSeen: number;
  readonly pattern: RegExp | undefined;
  /** Of the whole message, of which `text` may be the beginning. */
  readonly textLength: number;
}

/** So much is seen before a match that would else be out of sight. */
const charsBefore = 12;

export function linePieces(text: string, { charsMax, charsSeen, pattern, textLength }: LineOptions): Piece[] {
  const places = pattern === undefined ? [] : placesIn(text, pattern);
  const [first] = places;
  const start = first === undefined || first.end <= charsSeen ? 0 : Math.max(0, first.start - charsBefore);
  const end = Math.min(text.length, start + charsMax);
  const pieces: Piece[] = start > 0 ? [{ kind: 'rest', text: '… ', isMarked: false }] : [];
  for (const token of tokensOf(text, end)) {
    if (token.end <= start) continue;
    let at = Math.max(token.start, start);
    for (const place of places) {
      if (place.end <= at || place.start >= token.end) continue;
      add(pieces, { kind: token.kind, text: text.slice(at, Math.max(at, place.start)), isMarked: false });
      at = Math.max(at, place.start);
      add(pieces, { kind: token.kind, text: text.slice(at, Math.min(place.end, token.end)), isMarked: true });
      at = Math.min(place.end, token.end);
    }
    add(pieces, { kind: token.kind, text: text.slice(at, token.end), isMarked: false });
  }
  if (end < textLength) pieces.push({ kind: 'rest', text: ' …', isMarked: false });
  return pieces;
}

/** Neighbours that look the same are one: fewer elements to draw. */
function add(pieces: Piece[], piece: Piece): void {
  if (piece.text === '') return;
  const last = pieces.at(-1);
  if (last?.kind === piece.kind && last.isMarked === piece.isMarked) pieces.splice(-1, 1, { ...piece, text: last.text + piece.text });
  else pieces.push(piece);
}
