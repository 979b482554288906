/**
 * The names by which the network knows this machine: a reverse look-up of its own addresses, through DNS only.
 * `/etc/hosts`, which `dns.reverse` reads first, has only the host name, and in a Docker container that is the
 * container's id.
 */

import { Resolver } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';

export type ReverseLookUp = (address: string) => Promise<readonly string[]>;

/** This machine's addresses that others can reach, IPv4 first. */
export function ownAddresses(interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces()): string[] {
  const outside = Object.values(interfaces).flatMap((each) => each?.filter(({ internal, scopeid }) => !internal && !scopeid) ?? []);
  return outside.toSorted((a, b) => a.family.localeCompare(b.family)).map(({ address }) => address);
}

/** @returns the names that were found in time, perhaps none */
export async function networkNames(parts: {
  readonly addresses: readonly string[];
  readonly lookUp: ReverseLookUp;
  readonly withinMs: number;
}): Promise<string[]> {
  const { addresses, lookUp, withinMs } = parts;
  const answers: string[][] = addresses.map(() => []);
  const asked = addresses.map(async (address, index) => {
    try {
      answers[index] = [...(await lookUp(address))];
    } catch {
      // The address has no name: most networks have none.
    }
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, withinMs);
  });
  await Promise.race([Promise.all(asked), late]);
  clearTimeout(timer);
  return answers.flat();
}

export function reverseLookUp(timeoutMs: number): ReverseLookUp {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
  return (address) => resolver.resolvePtr(reverseName(address));
}

/** The domain under which DNS has the names of an address (RFC 1035, section 3.5; RFC 3596, section 2.5). */
export function reverseName(address: string): string {
  if (!address.includes(':')) return `${address.split('.').toReversed().join('.')}.in-addr.arpa`;
  const [head = [], tail = []] = address.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  const digits = [...head, ...zeros, ...tail].map((group) => group.padStart(4, '0')).join('');
  return `${Array.from(digits).toReversed().join('.')}.ip6.arpa`;
}
