/** What the page knows of the cluster as text, to be sent to somebody. */

import type { WhatHappened } from '../data/what-happened.ts';
import { summary } from '../data/summary.ts';
import type { ClusterView } from '../data/types.ts';
import { factsOf } from './node-facts.ts';

const eventsMax = 50;

export function diagnosisOf(view: ClusterView, { items, lostAt }: WhatHappened, now: number): string {
  const { text, rest, count } = summary(view, lostAt);
  return [
    `${[text, rest].filter((part) => part !== undefined).join('. ')}${count === undefined ? '' : `; ${count}`}`,
    `as of ${new Date(now).toISOString()}`,
    ...view.nodes.flatMap((node) => ['', node.id, ...factsOf(node, view, now).map(({ name, value }) => `  ${name}: ${value}`)]),
    '',
    ...items
      .slice(-eventsMax)
      .map(({ at, text: said, times }) => `${new Date(at).toISOString()} ${said}${times > 1 ? ` (${times} times)` : ''}`),
    '',
  ].join('\n');
}
