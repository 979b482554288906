/**
 * Room for the bytes of batches, in pieces that nothing else shares. The newest batches are kept in memory, and a small one in a
 * piece of Node's own pool keeps all of that piece, of which the rest went to what is long gone: hundreds of times its size.
 */

const pieceBytes = 64 * 1024;
/** From this size on, a batch gets memory of its own. */
const largeBytes = pieceBytes / 4;

let piece = Buffer.allocUnsafeSlow(pieceBytes);
let used = 0;

/** @returns so many bytes, with anything in them */
export function batchRoom(length: number): Buffer {
  if (length >= largeBytes) return Buffer.allocUnsafeSlow(length);
  if (used + length > pieceBytes) {
    piece = Buffer.allocUnsafeSlow(pieceBytes);
    used = 0;
  }
  const room = piece.subarray(used, used + length);
  used += length;
  return room;
}
