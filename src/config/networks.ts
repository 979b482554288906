/** Classifies addresses: those of this machine, those that only nearby machines can have, and those where no node is. */

import { BlockList, isIP } from 'node:net';

/** @param networks - in CIDR notation. IPv4 networks also match IPv4 addresses that are written as IPv6 ones */
export function networksOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits = ''] = network.split('/');
    list.addSubnet(address, Number(bits), familyOf(address));
  }
  return list;
}

const loopback = networksOf(['127.0.0.0/8', '::1/128']);
/**
 * Addresses that no packet from the internet has (RFC 6890, RFC 1918, RFC 4193). Those of carriers (100.64.0.0/10) are
 * not among them: strangers share them.
 */
const near = networksOf(['169.254.0.0/16', 'fe80::/10', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']);

/**
 * Link-local addresses, also those that an IPv6 translator leads to (RFC 6052), and the metadata services of clouds, which
 * tell a machine its secrets (AWS, Alibaba, Oracle, Azure, Google). No node is there.
 */
export const neverDialed = networksOf([
  ...['169.254.0.0/16', 'fe80::/10', '64:ff9b::a9fe:0/112'],
  ...['100.100.100.200/32', '192.0.0.192/32', '168.63.129.16/32', 'fd00:ec2::254/128', 'fd20:ce::254/128'],
]);

/** @param host - of a URL: a name, or an address, of IPv6 in brackets */
export function isNeverDialed(host: string): boolean {
  return isIn(neverDialed, host.replace(/^\[(.*)\]$/, '$1'));
}

/** @param address - that of a socket; `undefined` once it is closed */
export function isLoopback(address: string | undefined): boolean {
  return isIn(loopback, address);
}

/** Whether the address is loopback, link-local or private. */
export function isNearby(address: string | undefined): boolean {
  return isIn(loopback, address) || isIn(near, address);
}

/** Whether other machines can reach a node that listens on this host. A name other than `localhost` may resolve to anything. */
export function isBeyondLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return !isLoopback(name) && name !== 'localhost' && !name.endsWith('.localhost');
}

function isIn(list: BlockList, address = ''): boolean {
  return isIP(address) !== 0 && list.check(address, familyOf(address));
}

export function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}
