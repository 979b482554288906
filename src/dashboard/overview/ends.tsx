/** How far each node has come: all ends on one axis. */

import { count, duration, entries } from '../data/numbers.ts';
import { useCluster } from '../data/use-cluster.ts';
import type { NodeView } from '../data/types.ts';
import { nodeSlot } from '../style/colours.ts';
import { NodeName } from '../parts/node-name.tsx';
import { endsAxis, placeOf } from './ends-axis.ts';
import type { EndsAxis } from './ends-axis.ts';

export function Ends() {
  const { nodes, leader } = useCluster();
  const ends = nodes.flatMap((node) => node.heldEnd ?? []);
  const newest = Math.max(0, leader?.health?.ends.logEnd ?? 0, ...ends);
  const axis = endsAxis(newest, ends);
  return (
    <section class="panel ends" aria-labelledby="ends-title">
      <div class="panel-head">
        <h2 id="ends-title">How far each node has come</h2>
        <ul class="legend small soft" aria-hidden="true">
          <li class="key-held">held</li>
          <li class="key-committed">committed</li>
          <li class="key-visible">visible</li>
        </ul>
      </div>
      <ol class="ends-rows">
        {nodes.map((node) => (
          <EndsRow key={node.id} node={node} axis={axis} newest={newest} leads={node.id === leader?.id} />
        ))}
        <li class="ends-row ends-axis small soft" aria-hidden="true">
          <span class="ends-ticks">
            {axis.ticks.map(({ at, label }) => (
              <span key={at} style={{ left: `${at * 100}%` }}>
                {label}
              </span>
            ))}
          </span>
        </li>
      </ol>
    </section>
  );
}

interface EndsRowProps {
  readonly node: NodeView;
  readonly axis: EndsAxis;
  readonly newest: number;
  readonly leads: boolean;
}

function EndsRow({ node, axis, newest, leads }: EndsRowProps) {
  const { index, heldEnd, health, isReachable } = node;
  const committed = health?.ends.committedEnd;
  const visible = health?.ends.visibleEnd;
  const lag = heldEnd === undefined ? undefined : newest - heldEnd;
  const lagMs = node.member?.lagMs ?? 0;
  const isOffAxis = heldEnd !== undefined && heldEnd < axis.start;
  return (
    <li class="ends-row" data-node={nodeSlot(index)} data-here={isReachable}>
      <span class="small">
        <NodeName node={node} />
      </span>
      <span class="ends-track" aria-hidden="true">
        {heldEnd !== undefined && <span class="ends-bar" style={{ width: `${placeOf(heldEnd, axis) * 100}%` }} />}
        {isOffAxis && <span class="ends-off">◂</span>}
        {isReachable && committed !== undefined && committed >= axis.start && <Mark kind="committed" at={placeOf(committed, axis)} />}
        {isReachable && visible !== undefined && visible >= axis.start && <Mark kind="visible" at={placeOf(visible, axis)} />}
      </span>
      <span class="ends-number">
        {heldEnd === undefined ? <NotKnown /> : count(heldEnd)}
        <span class="visually-hidden">
          {' '}
          entries, {committed === undefined ? '' : `${count(committed)} committed, `}
          {visible === undefined ? '' : `${count(visible)} visible, `}
        </span>
      </span>
      <span class="ends-lag small">{leads && lag !== undefined && lag > 0 ? `${entries(lag)} being flushed` : lagText(lag, lagMs)}</span>
    </li>
  );
}

function NotKnown() {
  return (
    <>
      <span aria-hidden="true">–</span>
      <span class="visually-hidden">an unknown number of</span>
    </>
  );
}

function Mark({ kind, at }: { readonly kind: 'committed' | 'visible'; readonly at: number }) {
  return <span class={`ends-mark ${kind}`} style={{ left: `${at * 100}%` }} />;
}

function lagText(lag: number | undefined, lagMs: number): string {
  if (lag === undefined) return '';
  if (lag === 0) return 'up to date';
  return `lacks ${entries(lag)}${lagMs >= 1 ? `, ${duration(lagMs)}` : ''}`;
}
