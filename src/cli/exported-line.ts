/** A line of an export: an object with a message. The text of the message is taken as it is, however its numbers are spelled. */

import { BadText } from './line-batches.ts';

/** As it is exported: the message is the last field. */
const exported = /^\{"offset":\d+,"epoch":\d+,"timestamp":"[^"\\]*","message":/;

/** @throws BadText */
export function messageOfLine(line: string): string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new BadText('is not JSON', { cause });
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'message'))
    throw new BadText('is not an entry: an object with "message", as "rlog export" writes it');
  const head = exported.exec(line)?.[0];
  if (head === undefined || !line.endsWith('}')) return JSON.stringify((value as { readonly message: unknown }).message);
  const text = line.slice(head.length, -1);
  // Another program may have added fields behind it.
  return isJson(text) ? text : JSON.stringify((value as { readonly message: unknown }).message);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
