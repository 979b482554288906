/** Counts the hard cases that occurred in a run: one that never occurs is not tested, whatever the checkers say. */

/** Each must have occurred in a long run. */
export const hardCases = [
  'a blank leader recovered its log',
  'a candidate restarted from a checkpoint',
  'a candidate was behind a node that promised',
  'a candidate yielded to the new leader',
  'a follower caught up from disk',
  'a follower restarted from a checkpoint',
  'a founder was cut off after its first batch',
  'a hand-over failed',
  'a late acknowledgement of an older epoch',
  'a leader found that a disk forgot',
  'a leader handed over',
  'a leader lost its quorum and regained it',
  'a leader resigned: its disk did not answer',
  'a leader resigned: no majority answered',
  'a leader was stopped properly',
  'a log was cut',
  'a key was used for two messages',
  'a majority lost its storage at once',
  'a marker committed earlier entries',
  'a member moved to another address',
  'a member was removed and came back',
  'a node ended while it cut its log',
  'a node forwarded an append again, to the next leader',
  'a node refused damage at its start',
  'a node that was behind won a poll, and deferred',
  'a node moved its base',
  'a node was promoted',
  'a node was short of descriptors',
  'a node was short of files',
  'a node with a higher priority got the lead back',
  'a node with priority 0 led',
  'a poll was lost',
  'a poll was refused by a node that heard its leader',
  'a poll was won',
  'a promotion was refused',
  'a removed node held a poll',
  'a retry joined an entry of an earlier epoch before the marker',
  'a retry of what an epoch that is over had stored was answered',
  'a retry was answered by another epoch',
  'a spoiled index was rebuilt',
  'a start began at a checkpoint',
  'a start found that its disk forgot',
  'a start took a segment from its index',
  'a storage id was replaced',
  'a node kept its last room for trims',
  'a torn tail was cut off',
  'a writer was answered unknown',
  'an append was in the log in part',
  'all clocks jumped by more than a day',
  'an append for an epoch that is over was refused',
  'an append found no room',
  'an append waited behind a disk that hung',
  'an elected candidate fetched what it lacked',
  'damage was found while a node ran',
  'one node saw two sides that did not see each other',
  'the next leader recognised an append without a key',
  'two candidates for one epoch',
  'two polls at once',
] as const;
export type HardCase = (typeof hardCases)[number];

export class Coverage {
  readonly #counts = new Map<HardCase, number>();
  readonly #candidates = new Map<number, string>();

  count(what: HardCase): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  campaign(epoch: number, node: string): void {
    const other = this.#candidates.get(epoch);
    if (other !== undefined && other !== node) this.count('two candidates for one epoch');
    this.#candidates.set(epoch, node);
  }

  get counts(): Readonly<Partial<Record<HardCase, number>>> {
    return Object.fromEntries(this.#counts);
  }
}
