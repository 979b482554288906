/**
 * A browser's screenshot in a third of its bytes: with 256 colours, since a page has hardly more, apart from the edges of its
 * letters. Reads only what browsers write: PNG with eight bits per channel, not interlaced (PNG specification, section 9).
 */

import assert from 'node:assert/strict';
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const signatureBytes = 8;
const coloursMax = 256;

interface Image {
  readonly width: number;
  readonly height: number;
  /** Red, green and blue of each pixel, row by row. */
  readonly rgb: Uint8Array;
}

export function smallPng(png: Buffer): Buffer {
  const { width, height, rgb } = decoded(png);
  const { palette, indexes } = withFewColours(rgb);
  const rows = Buffer.alloc((width + 1) * height);
  // Each row begins with its filter type: 0 for none, which compresses indexes best.
  for (let y = 0; y < height; y += 1) rows.set(indexes.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8);
  const body = deflateSync(rows, { level: 9, memLevel: 9 });
  return Buffer.concat([
    png.subarray(0, signatureBytes),
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('IDAT', body),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function decoded(png: Buffer): Image {
  const [width, height, depth, colourType] = [png.readUInt32BE(16), png.readUInt32BE(20), png[24], png[25]];
  assert.ok(depth === 8 && (colourType === 2 || colourType === 6), 'eight bits per channel, in colour');
  const channels = colourType === 6 ? 4 : 3;
  const parts: Buffer[] = [];
  for (let at = signatureBytes; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const bytes = unfiltered(inflateSync(Buffer.concat(parts)), { rowBytes: width * channels, height, channels });
  const rgb = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel += 1) rgb.set(bytes.subarray(pixel * channels, pixel * channels + 3), pixel * 3);
  return { width, height, rgb };
}

interface Rows {
  readonly rowBytes: number;
  readonly height: number;
  readonly channels: number;
}

function unfiltered(filtered: Buffer, { rowBytes, height, channels }: Rows): Uint8Array {
  const bytes = new Uint8Array(rowBytes * height);
  for (let y = 0; y < height; y += 1) {
    const filter = filtered[y * (rowBytes + 1)] ?? 0;
    for (let x = 0; x < rowBytes; x += 1) {
      const at = y * rowBytes + x;
      const left = x >= channels ? (bytes[at - channels] ?? 0) : 0;
      const above = y > 0 ? (bytes[at - rowBytes] ?? 0) : 0;
      const corner = x >= channels && y > 0 ? (bytes[at - rowBytes - channels] ?? 0) : 0;
      const guesses = [0, left, above, (left + above) >> 1, paeth({ left, above, corner })];
      bytes[at] = (filtered[y * (rowBytes + 1) + 1 + x] ?? 0) + (guesses[filter] ?? 0);
    }
  }
  return bytes;
}

/** The one of the three that is nearest to `left + above - corner`. */
function paeth({ left, above, corner }: { readonly left: number; readonly above: number; readonly corner: number }): number {
  const aim = left + above - corner;
  const [toLeft, toAbove, toCorner] = [Math.abs(aim - left), Math.abs(aim - above), Math.abs(aim - corner)];
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

/** Replaces each colour by the nearest of those that are kept. */
function withFewColours(rgb: Uint8Array): { readonly palette: Buffer; readonly indexes: Uint8Array } {
  const colours = Uint32Array.from({ length: rgb.length / 3 }, (_, pixel) => {
    return ((rgb[pixel * 3] ?? 0) << 16) | ((rgb[pixel * 3 + 1] ?? 0) << 8) | (rgb[pixel * 3 + 2] ?? 0);
  });
  const counts = new Map<number, number>();
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const { kept, indexOf } = keptOf(counts);
  const indexes = Uint8Array.from(colours, (colour) => indexOf.get(colour) ?? 0);
  return { palette: Buffer.from(kept.flatMap((colour) => channelsOf(colour))), indexes };
}

/** Chooses the colours to keep one after another: always the one with the largest total error so far, over its pixels. */
function keptOf(counts: ReadonlyMap<number, number>): { readonly kept: number[]; readonly indexOf: ReadonlyMap<number, number> } {
  const kept: number[] = [];
  const all = [...counts].map(([colour, count]) => ({ colour, count, index: 0, distance: Number.POSITIVE_INFINITY }));
  while (kept.length < coloursMax) {
    const worst = all.reduce((most, each) => (each.count * each.distance > most.count * most.distance ? each : most));
    if (worst.distance === 0) break;
    for (const each of all) {
      const distance = distanceOf(each.colour, worst.colour);
      if (distance < each.distance) Object.assign(each, { distance, index: kept.length });
    }
    kept.push(worst.colour);
  }
  return { kept, indexOf: new Map(all.map(({ colour, index }) => [colour, index])) };
}

function distanceOf(one: number, other: number): number {
  const [a, b] = [channelsOf(one), channelsOf(other)];
  return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;
}

function channelsOf(colour: number): [number, number, number] {
  return [colour >> 16, (colour >> 8) & 255, colour & 255];
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
