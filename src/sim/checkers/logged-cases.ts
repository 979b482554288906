/** Hard cases that a node reports in its own log. */

import type { Coverage, HardCase } from './coverage.ts';

/** Log events that are hard cases whatever their facts. */
const casesByEvent: Readonly<Record<string, HardCase>> = {
  'campaign.yielded': 'a candidate yielded to the new leader',
  'leadership.handed-over': 'a leader handed over',
  'leadership.kept': 'a hand-over failed',
  'leadership.preferred': 'a node with a higher priority got the lead back',
  'log.begins-at-checkpoint': 'a start began at a checkpoint',
  'log.cut': 'a log was cut',
  'log.rebased': 'a node moved its base',
  'log.torn-tail-cut': 'a torn tail was cut off',
  'member.storage-out': 'a storage id was replaced',
  'poll.deferred': 'a node that was behind won a poll, and deferred',
  'poll.failed': 'a poll was lost',
  'quorum.regained': 'a leader lost its quorum and regained it',
  'recovery.started': 'a candidate was behind a node that promised',
  'room.low': 'a node kept its last room for trims',
};

export function countLogged(
  coverage: Coverage,
  node: string,
  { what, facts }: { readonly what: string; readonly facts: Readonly<Record<string, unknown>> },
): void {
  const always = casesByEvent[what];
  if (always !== undefined) coverage.count(always);
  switch (what) {
    case 'poll.failed': {
      const answers = Object.values(facts['answers'] as Readonly<Record<string, string | null>>);
      if (answers.includes('hears-leader')) coverage.count('a poll was refused by a node that heard its leader');
      if (answers.includes('stands-before')) coverage.count('two polls at once');
      break;
    }
    case 'epoch.resigned':
      if (facts['why'] === 'no majority answered') coverage.count('a leader resigned: no majority answered');
      if (facts['why'] === 'its disk does not answer') coverage.count('a leader resigned: its disk did not answer');
      break;
    case 'campaign.started':
      coverage.campaign(Number(facts['epoch']), node);
      break;
    case 'log.restarts':
      coverage.count(facts['source'] === undefined ? 'a follower restarted from a checkpoint' : 'a candidate restarted from a checkpoint');
      break;
    case 'log.recovered':
      if (Number(facts['fromIndex']) > 0) coverage.count('a start took a segment from its index');
      break;
    case 'log.verified':
      if (Number(facts['renewedIndexes']) > 0) coverage.count('a spoiled index was rebuilt');
      break;
    case 'storage.forgot':
      coverage.count(facts['isAtStart'] === true ? 'a start found that its disk forgot' : 'a leader found that a disk forgot');
      break;
    case 'recovery.started':
      if ((facts['ownTip'] as { number: number }).number < 0) coverage.count('a blank leader recovered its log');
      break;
    default:
  }
}
