/** By which address a caller is counted. */

import { isLoopback } from '../../config/networks.ts';

/**
 * @param address - that of a socket
 * @returns the address; of IPv6 the first 64 bits, as one machine may have all addresses that begin with them; `undefined` for a
 * connection that is closed
 */
export function sourceOf(address: string | undefined): string | undefined {
  if (address === undefined || !address.includes(':')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [plain = ''] = address.split('%');
  const [head = '', tail] = plain.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0');
  return `${[...front, ...zeros, ...back].slice(0, 4).join(':')}::/64`;
}

/** The same, but `undefined` for this machine too: its programs are not counted by address, as they all have one. */
export function countedSourceOf(address: string | undefined): string | undefined {
  return isLoopback(address) ? undefined : sourceOf(address);
}
