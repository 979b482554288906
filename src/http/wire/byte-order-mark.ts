/** Removes the byte order mark with which a text from Windows may begin: it is not part of the text. */

const mark = Buffer.from([0xef, 0xbb, 0xbf]);

export function withoutByteOrderMark(utf8: Buffer): Buffer {
  return utf8[0] === mark[0] && utf8.subarray(0, mark.length).equals(mark) ? utf8.subarray(mark.length) : utf8;
}
