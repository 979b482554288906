/** One node of the picture: its name, what it is, how it is, and how far it has come. */

import type { CSSProperties } from 'preact';
import { count, duration, entries } from '../data/numbers.ts';
import type { ClusterView, NodeView } from '../data/types.ts';
import { nodeSlot } from '../style/colours.ts';
import { conditionOf } from './condition.ts';
import { Sign } from './sign.tsx';

interface NodeCardProps {
  readonly node: NodeView;
  readonly view: ClusterView;
  readonly style: CSSProperties;
  /** It stands where the leader stands. */
  readonly isFront: boolean;
}

export function NodeCard({ node, view, style, isFront }: NodeCardProps) {
  const condition = conditionOf(node, view);
  const { id, health, heldEnd, index } = node;
  const isLeader = view.leader?.id === id;
  const epoch = health?.epoch;
  const leaderEpoch = view.leader?.health?.epoch;
  return (
    <li
      class="node-card"
      data-node={nodeSlot(index)}
      data-tone={condition.tone}
      data-here={node.isReachable}
      data-front={isFront}
      data-sign={condition.sign}
      style={style}
      title={condition.sentence}
    >
      <div class="card-line">
        <span class="node-name">{id}</span>
        {!isFront && <HeldEnd end={heldEnd} />}
      </div>
      {isFront && (
        <div class="card-epoch">
          <span class="card-number">{heldEnd === undefined ? '–' : count(heldEnd)}</span>
          <span class="soft small"> {heldEnd === 1 ? 'entry held' : 'entries held'}</span>
        </div>
      )}
      <div class="card-line small">
        <span class="condition" data-tone={condition.tone}>
          <Sign condition={condition} />
          {isLeader ? `${condition.label}, epoch ${count(epoch ?? 0)}` : condition.label}
          <span class="visually-hidden">. {condition.sentence}.</span>
        </span>
        {!isFront && <Lag node={node} epoch={epoch !== leaderEpoch && node.isReachable ? epoch : undefined} />}
      </div>
    </li>
  );
}

function HeldEnd({ end }: { readonly end: number | undefined }) {
  if (end === undefined) return <span class="soft">–</span>;
  return (
    <span class="card-end">
      {count(end)}
      <span class="visually-hidden"> {end === 1 ? 'entry held' : 'entries held'}</span>
    </span>
  );
}

/** How far it is behind, or in which other epoch it is. */
function Lag({ node: { member }, epoch }: { readonly node: NodeView; readonly epoch: number | undefined }) {
  if (member === undefined || member.lagEntries === null) return epoch === undefined ? null : <span class="soft">epoch {count(epoch)}</span>;
  if (member.lagEntries === 0) return <span class="soft card-lag">up to date</span>;
  const since = member.lagMs === null ? '' : `, for ${duration(member.lagMs)}`;
  return (
    <span class="card-lag" title={`lacks ${entries(member.lagEntries)}${since}`}>
      −{count(member.lagEntries)}
      <span class="visually-hidden"> entries behind{since}</span>
    </span>
  );
}
