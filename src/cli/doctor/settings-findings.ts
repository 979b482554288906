/** Findings about how the cluster was set up: how many members, what a write waits for, where data lies, who is served. */

import { isIP } from 'node:net';
import type { DataPlace } from '../../api/health.ts';
import { counted, list } from '../../api/wording.ts';
import { isNearby } from '../../config/networks.ts';
import { timeText } from './amounts.ts';
import type { Finding } from './finding.ts';
import type { ClusterReport, NodeReport } from './report.ts';

/** As in the alert RlogCertificateExpires. */
const certificateMs = 14 * 86_400_000;

export function settingsFindings(report: ClusterReport): Finding[] {
  return [
    ...counts(report),
    ...writeConcerns(report),
    ...report.nodes.flatMap((node) => [...place(node), ...name(node), ...openness(node), ...certificate(node, report.now)]),
  ];
}

function counts({ health }: ClusterReport): Finding[] {
  const count = health.members.filter(({ state }) => state !== 'joining').length;
  const see = 'how-many-nodes';
  if (count === 1) {
    const sentence = 'the cluster has one member: when its disk is lost, everything is, and while it is down nothing can be read';
    return [{ code: 'one-member', level: 'risk', sentence, remedy: 'add two nodes', see }];
  }
  if (count === 2) {
    const sentence = 'the cluster has two members: a majority of two is two, so when either is down nothing can be appended';
    return [{ code: 'two-members', level: 'risk', sentence, remedy: 'add a third node, which may be small, with LEADER_PRIORITY=0', see }];
  }
  if (count === 0 || count % 2 === 1) return [];
  const sentence = `the cluster has ${count} members, and tolerates no more failures than ${count - 1} would: a majority is ${count / 2 + 1}`;
  return [{ code: 'even-members', level: 'risk', sentence, remedy: 'remove one, or add one', see }];
}

function writeConcerns({ nodes, health }: ClusterReport): Finding[] {
  const see = 'what-a-write-waits-for';
  const by = new Map<string, string[]>();
  for (const { id, health: own } of nodes) {
    const w = own?.settings?.defaultWriteConcern;
    if (w !== undefined) by.set(String(w), [...(by.get(String(w)) ?? []), id]);
  }
  if (by.size > 1) {
    const each = [...by].map(([w, ids]) => `${list(ids)} w=${w}`);
    const sentence = `what a write without w waits for depends on the node that takes it: ${each.join('; ')}`;
    return [{ code: 'write-concerns-differ', level: 'risk', sentence, remedy: 'give all nodes the same DEFAULT_WRITE_CONCERN', see }];
  }
  const [w] = by.keys();
  const members = health.members.filter(({ state }) => state !== 'joining').length;
  if (w === undefined || w === 'majority' || members < 2) return [];
  const remedy = 'set DEFAULT_WRITE_CONCERN=majority on all nodes, or let the writers ask for w=majority';
  const majority = Math.floor(members / 2) + 1;
  if (w === 'all' || Number(w) === members) {
    const sentence = `a write without w waits for all ${counted(members, 'member')} (w=${w}): while any one is away none is answered, and no failover helps`;
    return [{ code: 'write-concern-all', level: 'risk', sentence, remedy, see }];
  }
  if (Number(w) > members) {
    const sentence = `a write without w waits for ${w} nodes, and there are ${members}: none is answered`;
    return [{ code: 'write-concern-too-many', level: 'wrong', sentence, remedy, see }];
  }
  if (Number(w) >= majority) return [];
  const sentence = `a write without w is acknowledged by ${w} of ${members} members: a failover may lose it`;
  return [{ code: 'write-concern-too-few', level: 'risk', sentence, remedy, see }];
}

const fleeting: Readonly<Partial<Record<DataPlace, readonly [sentence: string, remedy: string]>>> = {
  container: ['is in the container itself, and goes with it', 'mount a volume at its DATA_DIR'],
  'anonymous-volume': [
    'is in a volume without a name, which a new container does not get',
    'name the volume ("-v NAME:/data"), or use a volume claim in Kubernetes',
  ],
  tmpfs: ['is in a file system in memory (tmpfs), and goes with the machine', 'put its DATA_DIR on a disk'],
  memory: ['is in memory, and goes with the process', 'start it without MEMORY, and with a DATA_DIR on a disk'],
};

function place({ id, health }: NodeReport): Finding[] {
  const dataPlace = health?.settings?.dataPlace;
  const found = dataPlace === undefined ? undefined : fleeting[dataPlace];
  if (found === undefined) return [];
  const [sentence, remedy] = found;
  return [
    { code: `data-in-${dataPlace ?? ''}`, level: 'risk', sentence: `the data of ${id} ${sentence}`, remedy, see: 'where-the-data-is' },
  ];
}

/** Docker names a container's host after the container, whose next one is another. */
const containerName = /^[0-9a-f]{12}$/;

function name({ id }: NodeReport): Finding[] {
  if (!containerName.test(id)) return [];
  const sentence = `${id} has the name that Docker made up for its container: after it is made anew, it is another member, and this one is missing`;
  return [{ code: 'default-name', level: 'risk', sentence, remedy: 'set SERVER_ID, or name the container after its role', see: 'names' }];
}

function openness({ id, url, health }: NodeReport): Finding[] {
  const settings = health?.settings;
  if (settings === undefined) return [];
  const see = 'who-is-served';
  const { acceptsInsecure, needsToken, isOpenToAll, isBeyondLoopback } = settings;
  if (acceptsInsecure) {
    const sentence = `${id} serves clients and nodes without a token, a proof or TLS as well (ACCEPT_INSECURE)`;
    return [{ code: 'accepts-insecure', level: 'risk', sentence, remedy: 'unset it once all of them use what is set', see }];
  }
  if (needsToken || !isBeyondLoopback) return [];
  const remedy = 'give it tokens: API_TOKENS_FILE ("rlog init", "rlog token new")';
  if (isOpenToAll) {
    const sentence = `${id} serves everybody who reaches it, without a token (OPEN_TO_ALL): they can read, append and change the members`;
    return [{ code: 'open-to-all', level: 'wrong', sentence, remedy, see }];
  }
  if (!isPublic(url)) return [];
  const sentence = `${id} has a public address (${url}) and no tokens: it refuses everybody who is not at a private address`;
  return [{ code: 'public-without-tokens', level: 'risk', sentence, remedy, see }];
}

function certificate({ id, health }: NodeReport, now: number): Finding[] {
  const endsAt = Date.parse(health?.certificateEndsAt ?? '');
  if (Number.isNaN(endsAt) || endsAt - now >= certificateMs) return [];
  const [level, when] =
    endsAt <= now ? (['wrong', `ended ${timeText(now - endsAt)} ago`] as const) : (['risk', `ends in ${timeText(endsAt - now)}`] as const);
  const remedy = 'replace the files TLS_CERT_FILE and TLS_KEY_FILE ("rlog init DIR --renew"): the node takes them up without a restart';
  return [{ code: 'certificate-ends', level, sentence: `the certificate of ${id} ${when}`, remedy, see: 'certificates' }];
}

function isPublic(url: string): boolean {
  const host = new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(host) !== 0 && !isNearby(host);
}
