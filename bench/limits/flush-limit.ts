/** How long one write and its flush take, awaited one after the other: no durable append can be faster. */

import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Histogram } from '../load/histogram.ts';

const warmups = 200;

/** @returns milliseconds of each write with its `fdatasync` */
export async function measureFlush(folder: string, options: { readonly bytes: number; readonly count: number }): Promise<Histogram> {
  const file = await open(join(folder, 'flush-limit'), 'a');
  const content = Buffer.alloc(options.bytes, 'f');
  const latency = new Histogram();
  for (let index = -warmups; index < options.count; index += 1) {
    const startedAt = performance.now();
    await file.write(content);
    await file.datasync();
    if (index >= 0) latency.record((performance.now() - startedAt) * 1000);
  }
  await file.close();
  return latency;
}
