/** The sources of addresses: the system's look-up, or the hosts file and DNS, which bypass the thread pool. */

import { Resolver, lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { Addresses, NameSources } from './name-lookup.ts';

const hostsFile = '/etc/hosts';
const directLimits = { timeout: 1000, tries: 2 };

export function systemNames(): NameSources {
  const resolver = new Resolver(directLimits);
  return {
    system: (name) => lookup(name, { all: true }),
    direct: async (name) => {
      const listed = addressesIn(await readFile(hostsFile, 'utf8').catch(() => ''), name);
      if (listed.length > 0) return listed;
      const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
      const of = (index: 0 | 1, family: 4 | 6): Addresses => {
        const result = found[index];
        return result.status === 'fulfilled' ? result.value.map((address) => ({ address, family })) : [];
      };
      return [...of(0, 4), ...of(1, 6)];
    },
  };
}

/** The addresses that a hosts file has for a name. */
export function addressesIn(hosts: string, name: string): Addresses {
  const wanted = name.toLowerCase();
  return hosts.split('\n').flatMap((line) => {
    const [address = '', ...names] = (line.split('#')[0] ?? '').trim().split(/\s+/);
    const family = isIP(address);
    return family !== 0 && names.some((each) => each.toLowerCase() === wanted) ? [{ address, family }] : [];
  });
}
