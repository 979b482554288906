/**
 * What happened to the cluster, out of what its nodes tell and what the page saw itself. The same is often told by
 * several: it is said once, by whoever told it first.
 */

import type { NodeEvent } from '../../api/activity.ts';
import { wordsOf } from '../../api/event-words.ts';
import type { Telling } from '../../api/event-words.ts';

/** By `node`, about itself. */
export interface Told extends NodeEvent {
  readonly node: string;
}

/** The page lost a node, or heard it again. */
export interface Sighting {
  /** In ms since 1970: when it was heard last, or again. */
  readonly at: number;
  readonly node: string;
  readonly isHere: boolean;
  readonly isSilent: boolean;
}

export interface Happening extends Pick<Telling, 'about' | 'tone' | 'text'> {
  readonly at: number;
  /** How often in a row. */
  readonly times: number;
}

export interface WhatHappened {
  /** Oldest first. */
  readonly items: readonly Happening[];
  /** Nodes that went and did not come back, and when that was. */
  readonly lostAt: ReadonlyMap<string, number>;
}

export function whatHappened(told: readonly Told[], sightings: readonly Sighting[]): WhatHappened {
  const all = [
    ...told.flatMap((event) => {
      const telling = wordsOf(event.node, event);
      return telling === undefined ? [] : [{ at: event.at, telling, by: event.node }];
    }),
    ...sightings.map((sighting) => ({ at: sighting.at, telling: seen(sighting), by: undefined })),
  ].toSorted((a, b) => a.at - b.at);
  const items: Happening[] = [];
  const lostAt = new Map<string, number>();
  /** Of leaders that only their followers miss. */
  const missedAt = new Map<string, number>();
  for (const { at, telling, by } of all) {
    const { kind, about } = telling;
    // A leader that hears a follower again is there, whoever missed it before.
    if (kind === 'back' && by !== undefined) missedAt.delete(by);
    if (kind === 'lost') {
      if (lostAt.has(about)) continue;
      lostAt.set(about, missedAt.get(about) ?? at);
    } else if (kind === 'leaderLost') {
      if (missedAt.has(about) || lostAt.has(about)) continue;
      missedAt.set(about, at);
    } else if (kind !== 'other') {
      const wasLost = lostAt.delete(about);
      missedAt.delete(about);
      if (kind === 'back' && !wasLost) continue;
    }
    const last = items.at(-1);
    if (last?.text === telling.text) items.splice(-1, 1, { ...last, at, times: last.times + 1 });
    else items.push({ at, about, tone: telling.tone, text: telling.text, times: 1 });
  }
  return { items, lostAt: new Map([...missedAt, ...lostAt]) };
}

function seen({ node, isHere, isSilent }: Sighting): Telling {
  if (isHere) return { kind: 'back', about: node, tone: 'good', text: `${node} answers again` };
  return isSilent
    ? { kind: 'lost', about: node, tone: 'bad', text: `${node} went silent: it takes connections and says nothing` }
    : { kind: 'lost', about: node, tone: 'bad', text: `${node} went down` };
}
