/**
 * Turns a node's log events into sentences for people, on the page and in a terminal. Most events serve only to find
 * faults, and have no sentence.
 */

import type { NodeEvent } from './activity.ts';
import { list } from './wording.ts';

type Tone = 'good' | 'plain' | 'warn' | 'bad';

export interface Telling {
  /**
   * `lost` and `back`: contact with a node was lost and regained; `started` means that it is back as well; `leaderLost`
   * is one follower's view of its leader.
   */
  readonly kind: 'lost' | 'back' | 'started' | 'leaderLost' | 'leads' | 'other';
  /** The node that the sentence is about. */
  readonly about: string;
  readonly tone: Tone;
  readonly text: string;
}

export function wordsOf(node: string, { event, level, facts }: Pick<NodeEvent, 'event' | 'level' | 'facts'>): Telling | undefined {
  const fact = (name: string): string => textOf(facts[name]);
  const say = (tone: Tone, text: string, about = node): Telling => ({ kind: 'other', about, tone, text });
  switch (event) {
    case 'node.started':
      return { ...say('plain', `${node} was started`), kind: 'started' };
    case 'node.open-to-all':
      return say('warn', `${node} serves anyone who can reach it, without a token (OPEN_TO_ALL)`);
    case 'health.changed': {
      const member = fact('member');
      if (facts['health'] === 'unhealthy') return { ...say('bad', `${node} lost contact with ${member}`, member), kind: 'lost' };
      return facts['health'] === 'healthy' ? { ...say('good', `${member} is healthy again`, member), kind: 'back' } : undefined;
    }
    case 'leader.lost': {
      const leader = fact('leader');
      return { ...say('bad', `${node} lost contact with its leader, ${leader}`, leader), kind: 'leaderLost' };
    }
    case 'campaign.started':
      return say('plain', `${node} tries to become the leader, in epoch ${fact('epoch')}`);
    case 'epoch.began':
      return { ...say('good', `Epoch ${fact('epoch')} began: ${node} leads`), kind: 'leads' };
    case 'campaign.yielded':
      return say('plain', `${node} gives way to ${fact('to')}, which leads epoch ${fact('epoch')}`);
    case 'leader.deposed':
      return say('warn', `${node} no longer leads: ${fact('by')} leads epoch ${fact('epoch')}`);
    case 'epoch.resigned':
      return say('warn', `${node} resigned from epoch ${fact('epoch')}: ${fact('why')}`);
    case 'epoch.ended':
    case 'epoch.given-up':
      return say('warn', `${node} no longer leads epoch ${fact('epoch')}`);
    case 'quorum.lost':
      return say('bad', `${node} has no majority: it refuses appends, since it cannot reach ${list(namesIn(facts['unhealthy']))}`);
    case 'quorum.regained':
      return say('good', `${node} has a majority again`);
    case 'log.cut': {
      const cut = Number(facts['cutEntries']);
      return say(
        'warn',
        `${node} cut ${cut === 1 ? '1 entry that was' : `${cut.toLocaleString('en')} entries that were`} never committed off the end of its log`,
      );
    }
    case 'storage.forgot':
      return say('bad', `The disk of ${node} lost entries that the node had confirmed`);
    case 'follower.forgot':
      return say('bad', `${fact('follower')} came back without entries that it had confirmed`, fact('follower'));
    case 'member.added':
      return say('good', `${fact('member')} is a member now`, fact('member'));
    case 'member.removed':
      return say('warn', `${fact('member')} is no longer a member`, fact('member'));
    case 'member.storage-out':
      return say('warn', `The storage of ${fact('member')} was replaced: the old one no longer counts`, fact('member'));
    case 'member.moved':
      return say('plain', `${fact('member')} has a new address`, fact('member'));
    case 'cluster.founded':
      return say('good', `${node} founded the cluster`);
    case 'cluster.forced':
      return say('warn', `${node} was made a cluster of its own, by force`);
    case 'cluster.yielded':
      return say('plain', `${node} gave up its empty cluster and joined this one`);
    case 'recovery.started':
      return say('plain', `${node} fetches the entries that it lacks from ${fact('from')}`);
    case 'room.lacking':
      return say('bad', `The disk of ${node} is full`);
    case 'room.found':
      return say('good', `The disk of ${node} has room again`);
    case 'disk.stalled':
      return say('bad', `The disk of ${node} does not answer`);
    case 'disk.answered':
      return say('good', `The disk of ${node} answers again`);
    case 'leadership.handing-over':
      return say('plain', `${node} hands over to ${fact('to')}`);
    case 'leadership.kept':
      return say('warn', `${node} did not hand over to ${fact('to')}: ${fact('why')}`);
    case 'leadership.forced':
      return say('warn', `${node} was told to lead, without asking the leader`);
    case 'election.unreachable':
      return say('warn', `${node} cannot reach ${list(namesIn(facts['missing']))}`);
    case 'clock.not-believed':
      return say('warn', `The clock of ${node} is not trusted: it differs too much from the others`);
    default:
      return level === 'error' ? say('bad', `${node} reports ${event}`) : undefined;
  }
}

function textOf(fact: unknown): string {
  return typeof fact === 'string' || typeof fact === 'number' ? String(fact) : '?';
}

function namesIn(fact: unknown): readonly string[] {
  return Array.isArray(fact) && fact.length > 0 ? fact.map(textOf) : ['the others'];
}
