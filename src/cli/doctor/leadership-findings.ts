/** Findings about who leads, and who could. */

import { counted, list } from '../../api/wording.ts';
import type { Finding } from './finding.ts';
import type { ClusterReport } from './report.ts';
import { whyNot } from './why-not.ts';

export function leadershipFindings(report: ClusterReport): Finding[] {
  return [
    ...noAppends(report),
    ...twoLeaders(report),
    ...deposed(report),
    ...coordinators(report),
    ...notElectable(report),
    ...tolerance(report),
  ];
}

function noAppends({ health, nodes }: ClusterReport): Finding[] {
  // What the nodes that answer say of their disks has a finding of its own.
  if (health.status !== 'read-only' || health.canStore === false) return [];
  const { leader, waitingFor } = health;
  const missing = waitingFor.length === 0 ? '' : `; it waits for ${list(waitingFor)}`;
  const who = leader === null ? 'nobody leads' : `${leader.id} leads, and too few members answer it`;
  const sentence = `the cluster takes no appends: ${who}${missing}`;
  return [{ code: 'no-appends', level: 'wrong', sentence, ...remedyOf(nodes) }];
}

/** A majority that has no leader lacks something else than members. */
function remedyOf(nodes: ClusterReport['nodes']): Pick<Finding, 'remedy' | 'see'> {
  const silent = nodes.filter(({ health }) => health === undefined).map(({ id }) => id);
  const again = `start ${list(silent)} again, ${silent.length === 1 ? 'with its folder' : 'each with its folder'}`;
  if (silent.length * 2 >= nodes.length) return { remedy: again, see: 'too-few-nodes' };
  const isStatic = nodes.some(({ health }) => health?.settings?.coordinator === 'static');
  if (isStatic && silent.length > 0)
    return {
      remedy: `${again}; if the master is gone for good, make a secondary the master`,
      see: 'replace-the-master-of-a-static-cluster',
    };
  return { remedy: 'read the end of the log of each node: it says why it does not lead', see: 'no-leader' };
}

function twoLeaders({ nodes }: ClusterReport): Finding[] {
  const leaders = nodes.filter(({ health }) => health?.role === 'leader').map(({ id, health }) => ({ id, epoch: health?.epoch ?? 0 }));
  if (leaders.length < 2) return [];
  const [last] = leaders.toSorted((a, b) => b.epoch - a.epoch);
  const names = list(leaders.map(({ id, epoch }) => `${id} (epoch ${epoch})`));
  return [
    {
      code: 'two-leaders',
      level: 'wrong',
      sentence: `${names} believe they lead; only ${last?.id ?? ''} can commit`,
      remedy: 'ask again in a few seconds; if it lasts, repair the network between them, or stop the one with the lower epoch',
      see: 'two-leaders',
    },
  ];
}

function deposed({ nodes }: ClusterReport): Finding[] {
  return nodes.flatMap(({ id, health }) => {
    const by = health?.deposedBy;
    if (by === undefined || by === null || health?.settings?.coordinator !== 'static') return [];
    const sentence = `${id} led, and was deposed by ${by.id} in epoch ${by.epoch}: two nodes were started as the master`;
    return [{ code: 'deposed', level: 'risk', sentence, remedy: `start one of the two as a secondary`, see: 'two-leaders' } as const];
  });
}

function coordinators({ nodes, health }: ClusterReport): Finding[] {
  const by = new Map<string, string[]>();
  for (const { id, health: own } of nodes) {
    const coordinator = own?.settings?.coordinator;
    if (coordinator !== undefined) by.set(coordinator, [...(by.get(coordinator) ?? []), id]);
  }
  if (by.size > 1) {
    const each = [...by].map(([coordinator, ids]) => `${list(ids)} ${coordinator}`);
    const sentence = `the nodes differ in who decides on the leader (COORDINATOR): ${each.join('; ')}`;
    const remedy = 'restart nodes, one by one, until all have the same COORDINATOR';
    return [{ code: 'coordinators-differ', level: 'wrong', sentence, remedy, see: 'no-leader' }];
  }
  if (!by.has('static') || health.members.length < 2) return [];
  const sentence = `nobody takes over when ${health.leader?.id ?? 'the master'} dies: its role is fixed (COORDINATOR=static)`;
  const remedy = 'restart each node with COORDINATOR=elections, the secondaries first; or know how to replace the master';
  return [{ code: 'fixed-master', level: 'risk', sentence, remedy, see: 'replace-the-master-of-a-static-cluster' }];
}

function notElectable({ nodes }: ClusterReport): Finding[] {
  return nodes.flatMap(({ id, health }): Finding[] => {
    if (health?.electable !== false || health.role === 'leader') return [];
    // Whether its disk is full or hangs, and whether it is a member, is said elsewhere.
    const reasons = (health.notElectable ?? []).filter((reason) => reason === 'unreachable-members');
    return reasons.map((reason) => ({
      code: 'not-electable',
      level: 'risk',
      sentence: `${id} could not become the leader: ${whyNot(reason, health)}`,
      remedy: 'correct the addresses in its NODES, or in the ADVERTISED_URL of those that it cannot reach, or open the way between them',
      see: 'a-node-that-could-not-lead',
    }));
  });
}

function tolerance({ health }: ClusterReport): Finding[] {
  const { tolerates, members, status } = health;
  if (tolerates !== 0 || status === 'read-only' || members.length < 3) return [];
  const sentence = `one more failure among ${counted(members.length, 'member')} stops appends`;
  return [
    {
      code: 'tolerates-nothing',
      level: 'risk',
      sentence,
      remedy: 'bring back the member that is missing, or let it catch up',
      see: 'one-node-is-down',
    },
  ];
}
