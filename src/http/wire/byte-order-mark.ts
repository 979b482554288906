/** A text that came from Windows may begin with a mark that nobody sees and nobody meant: it is no part of it. */

const mark = Buffer.from([0xef, 0xbb, 0xbf]);

export function withoutByteOrderMark(utf8: Buffer): Buffer {
  return utf8[0] === mark[0] && utf8.subarray(0, mark.length).equals(mark) ? utf8.subarray(mark.length) : utf8;
}
