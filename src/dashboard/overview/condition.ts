/** How a node is, in a word, a sentence and a sign: never by its colour alone. */

import { duration } from '../data/numbers.ts';
import type { ClusterView, NodeView } from '../data/types.ts';

export interface Condition {
  readonly sign: 'check' | 'clock' | 'cross' | 'pause' | 'cut' | 'plus' | 'blank' | 'question' | 'seek' | 'lock';
  readonly tone: 'good' | 'warn' | 'bad';
  readonly label: string;
  /** The whole of it, for a title and for those who hear the page. */
  readonly sentence: string;
  /** Whether entries get to it from the leader. */
  readonly isFed: boolean;
}

export function conditionOf(node: NodeView, { leader }: Pick<ClusterView, 'leader'>): Condition {
  const { id, member, health } = node;
  if (!node.isReachable) {
    if (node.absence === undefined || node.goneReason === undefined) {
      return { sign: 'question', tone: 'warn', label: 'no contact', sentence: `there is no contact with ${id}`, isFed: false };
    }
    const isFed = member?.health === 'healthy' && leader !== undefined;
    if (node.absence === 'silent') {
      return {
        sign: 'pause',
        tone: 'bad',
        label: 'silent',
        sentence: `${id} takes connections and says nothing: ${node.goneReason}`,
        isFed,
      };
    }
    return { sign: 'cross', tone: 'bad', label: 'down', sentence: `${id} does not answer: ${node.goneReason}`, isFed };
  }
  if (node.id === leader?.id) {
    if (health?.status === 'read-only') {
      const label = health.canStore ? 'no majority' : 'disk full';
      return { sign: 'lock', tone: 'bad', label, sentence: `${id} leads, and takes no appends: ${label}`, isFed: true };
    }
    return { sign: 'check', tone: 'good', label: 'leads', sentence: `${id} leads`, isFed: true };
  }
  if (health?.role === 'candidate') {
    return {
      sign: 'seek',
      tone: 'warn',
      label: 'candidate',
      sentence: `${id} is a candidate: it tries to become the leader`,
      isFed: false,
    };
  }
  if (health?.canStore === false) {
    return { sign: 'lock', tone: 'bad', label: 'disk full', sentence: `${id} cannot store anything: its disk is full`, isFed: false };
  }
  if (leader === undefined) {
    return { sign: 'question', tone: 'warn', label: 'no leader', sentence: `${id} runs, but hears no leader`, isFed: false };
  }
  if (member === undefined) {
    return {
      sign: 'question',
      tone: 'warn',
      label: 'unknown to leader',
      sentence: `${id} runs, but ${leader.id} does not know it`,
      isFed: false,
    };
  }
  if (node.isJoining) {
    return member.state === 'joining'
      ? {
          sign: 'plus',
          tone: 'warn',
          label: 'joining',
          sentence: `${id} is joining: it receives the log, and does not count yet`,
          isFed: true,
        }
      : {
          sign: 'blank',
          tone: 'warn',
          label: 'blank',
          sentence: `${id} came with an empty storage: it receives the log, and does not count yet`,
          isFed: true,
        };
  }
  return byHealth(node, leader);
}

function byHealth({ id, member, absence }: NodeView, leader: NodeView): Condition {
  switch (member?.health) {
    case 'healthy': {
      const lagMs = member.lagMs ?? 0;
      const lag = lagMs >= 1000 ? `; the oldest entry that it lacks is ${duration(lagMs)} old` : '';
      return { sign: 'check', tone: 'good', label: 'healthy', sentence: `${id} is healthy${lag}`, isFed: true };
    }
    case 'suspected':
      return {
        sign: 'clock',
        tone: 'warn',
        label: 'suspected',
        sentence: `${leader.id} has not heard from ${id} for a moment`,
        isFed: false,
      };
    case 'unhealthy':
      if (absence === 'coming back') {
        return {
          sign: 'clock',
          tone: 'warn',
          label: absence,
          sentence: `${id} runs again, but ${leader.id} has not heard from it yet`,
          isFed: false,
        };
      }
      return { sign: 'cut', tone: 'bad', label: 'cut off', sentence: `${id} runs, but ${leader.id} cannot reach it`, isFed: false };
    default:
      return { sign: 'question', tone: 'warn', label: 'unknown', sentence: `the health of ${id} is not known`, isFed: false };
  }
}
