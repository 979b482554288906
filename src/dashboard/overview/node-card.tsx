/** One node of the picture: its name, what it is, how it is, and how far it has come. */

import type { CSSProperties } from 'preact';
import { count, duration, entries } from '../data/numbers.ts';
import type { ClusterView, NodeView } from '../data/types.ts';
import { nodeSlot } from '../style/colours.ts';
import { conditionOf } from './condition.ts';
import { Sign } from './sign.tsx';
import { books } from './use-appends.ts';

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
          {condition.label}
          {isLeader && ` epoch ${count(epoch ?? 0)}`}
          <span class="visually-hidden">. {condition.sentence}.</span>
        </span>
        {!isFront && <Lag node={node} leaderId={view.leader?.id} epoch={epoch !== leaderEpoch && node.isReachable ? epoch : undefined} />}
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

interface LagProps {
  readonly node: NodeView;
  readonly leaderId: string | undefined;
  /** Its own, if that is another than the leader's. */
  readonly epoch: number | undefined;
}

/** How far it is behind; or how quick it was last, or in which other epoch it is. */
function Lag({ node: { id, member }, leaderId, epoch }: LagProps) {
  if (member === undefined || member.lagEntries === null)
    return epoch === undefined ? null : <span class="soft">epoch {count(epoch)}</span>;
  if (member.lagEntries === 0) {
    const delayMs = books.of(leaderId)?.lastDelayOf(id);
    if (delayMs === undefined) return <span class="soft">up to date</span>;
    return (
      <span class="soft" title={`it held the newest entry ${duration(delayMs)} after that was placed`}>
        after {duration(delayMs)}
      </span>
    );
  }
  const since = member.lagMs === null ? '' : `, for ${duration(member.lagMs)}`;
  return (
    <span title={`lacks ${entries(member.lagEntries)}${since}`}>
      −{count(member.lagEntries)}
      <span class="visually-hidden"> entries behind{since}</span>
    </span>
  );
}
