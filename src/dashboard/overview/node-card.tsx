/** One node of the picture: its name, what it is, how it is, and how far it has come. */

import type { ComponentChildren, CSSProperties } from 'preact';
import { count, duration, entries } from '../data/numbers.ts';
import type { ClusterView, NodeView } from '../data/types.ts';
import { nodeSlot } from '../style/colours.ts';
import { NodeName } from '../parts/node-name.tsx';
import { conditionOf } from './condition.ts';
import { Sign } from './sign.tsx';
import { histories } from './use-appends.ts';

interface NodeCardProps {
  readonly node: NodeView;
  readonly view: ClusterView;
  readonly style: CSSProperties;
  /** What can be done to it. */
  readonly children?: ComponentChildren;
}

export function NodeCard({ node, view, style, children }: NodeCardProps) {
  const condition = conditionOf(node, view);
  const { id, health, heldEnd, index } = node;
  const isLeader = view.leader?.id === id;
  const epoch = health?.epoch;
  return (
    <li
      class="node-card"
      data-node={nodeSlot(index)}
      data-tone={condition.tone}
      data-here={node.isReachable}
      data-leads={isLeader}
      data-sign={condition.sign}
      style={style}
      title={condition.sentence}
    >
      <div class="card-line">
        <NodeName node={node} />
        <HeldEnd end={heldEnd} />
      </div>
      <div class="card-line small">
        <span class="condition" data-tone={condition.tone}>
          <Sign condition={condition} />
          <span aria-hidden="true">{condition.label}</span>
          <span class="visually-hidden">
            {condition.sentence}
            {isLeader && `, epoch ${count(epoch ?? 0)}`}.
          </span>
        </span>
        {!isLeader && <Lag node={node} leader={view.leader} />}
      </div>
      {children}
    </li>
  );
}

function HeldEnd({ end }: { readonly end: number | undefined }) {
  if (end === undefined) return <span class="soft">–</span>;
  return (
    <span class="card-end">
      {count(end)}
      <span class="visually-hidden"> {end === 1 ? 'entry' : 'entries'}</span>
    </span>
  );
}

interface LagProps {
  readonly node: NodeView;
  readonly leader: NodeView | undefined;
}

/** How far it is behind; or how quick it was last, or in which epoch it is. */
function Lag({ node: { id, member, heldEnd, health, isReachable }, leader }: LagProps) {
  const logEnd = leader?.health?.ends.logEnd;
  // The leader does not say it of a node whose stream is broken; it can be seen all the same.
  const seen = logEnd === undefined || heldEnd === undefined ? null : Math.max(0, logEnd - heldEnd);
  const lag = member?.lagEntries ?? seen;
  if (lag === null) return isReachable && health !== undefined ? <span class="soft">epoch {count(health.epoch)}</span> : null;
  if (lag === 0) return isReachable ? <LastDelay id={id} leaderId={leader?.id} /> : null;
  const lagMs = member?.lagMs ?? null;
  const since = lagMs === null ? '' : `, for ${duration(lagMs)}`;
  return (
    <span title={`lacks ${entries(lag)}${since}`}>
      −{count(lag)}
      <span class="visually-hidden"> entries behind{since}</span>
    </span>
  );
}

function LastDelay({ id, leaderId }: { readonly id: string; readonly leaderId: string | undefined }) {
  const delayMs = histories.of(leaderId)?.lastDelayOf(id);
  if (delayMs === undefined) return <span class="soft">up to date</span>;
  return (
    <span class="soft" title={`it had the newest entry ${duration(delayMs)} after the leader gave it an offset`}>
      after {duration(delayMs)}
    </span>
  );
}
