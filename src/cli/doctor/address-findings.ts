/** Findings about addresses: those of the members, as each node and this machine see them, and those that the operator named. */

import { isLoopback } from '../../config/networks.ts';
import { list } from '../../api/wording.ts';
import type { Finding } from './finding.ts';
import type { ClusterReport } from './report.ts';

export function addressFindings(report: ClusterReport): Finding[] {
  return [...ofOthers(report), ...unreachable(report), ...loopback(report), ...named(report)];
}

/** The address of a node leads to another one, from wherever it was asked, or from one node only. */
function ofOthers({ badPaths, nodes }: ClusterReport): Finding[] {
  const wrong = [
    ...nodes.flatMap(({ id, url, instead }) => (instead === undefined ? [] : [{ to: id, url, instead, whom: 'everybody' }])),
    ...badPaths.flatMap(({ from, to, url, found }) => ('node' in found ? [{ to, url, instead: found.node, whom: from }] : [])),
  ];
  return wrong.map(({ to, url, instead, whom }) => ({
    code: 'address-of-another',
    level: 'wrong',
    sentence: `${url}, the address of ${to}, leads ${whom} to ${instead}`,
    remedy: `give ${to} and ${instead} an ADVERTISED_URL (or SECONDARY_HOST) each that leads to them alone, and restart them`,
    see: 'addresses',
  }));
}

/** A node that cannot be reached by anybody does not answer, which is said elsewhere. */
function unreachable({ badPaths, nodes }: ClusterReport): Finding[] {
  const answering = new Set(nodes.filter(({ health }) => health !== undefined).map(({ id }) => id));
  return badPaths.flatMap(({ from, to, url, found }): Finding[] => {
    if (!('problem' in found) || !answering.has(to)) return [];
    return [
      {
        code: 'address-unreachable',
        level: 'wrong',
        sentence: `${from} cannot reach ${to} at ${url} (${found.problem}), although ${to} answers others`,
        remedy: `make that address lead to ${to} from everywhere, or give it another ADVERTISED_URL; look for a firewall between the two`,
        see: 'addresses',
      },
    ];
  });
}

/** On one machine all of them may be at loopback; beside others, such an address leads each node to itself. */
function loopback({ health }: ClusterReport): Finding[] {
  const local = health.members.filter(({ url }) => isLocal(url));
  if (local.length === 0 || local.length === health.members.length) return [];
  const names = list(local.map(({ id, url }) => `${id} (${url})`));
  return [
    {
      code: 'address-loopback',
      level: 'wrong',
      sentence: `${names} cannot be reached from other machines, on which other members are`,
      remedy: 'give it an ADVERTISED_URL that others can reach, and restart it',
      see: 'addresses',
    },
  ];
}

function isLocal(url: string): boolean {
  const host = new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
  return host === 'localhost' || isLoopback(host);
}

function named({ named: addresses, health, nodes }: ClusterReport): Finding[] {
  return addresses.flatMap(({ url, cluster, silence }): Finding[] => {
    if (cluster === undefined) {
      // A member that is down is said elsewhere.
      if (nodes.some((node) => node.url === url && node.health === undefined)) return [];
      const sentence = `${url}, which you named, leads nowhere (${silence ?? ''})`;
      return [
        { code: 'named-address', level: 'wrong', sentence, remedy: 'start the node there, or correct --url or RLOG_URL', see: 'addresses' },
      ];
    }
    if (cluster === health.cluster) return [];
    const sentence = `${url}, which you named, belongs to ${cluster === null ? 'no cluster yet' : `another cluster (${cluster})`}`;
    const remedy = 'correct --url or RLOG_URL; a node that should be in this cluster needs an empty folder';
    return [{ code: 'other-cluster', level: 'wrong', sentence, remedy, see: 'addresses' }];
  });
}
