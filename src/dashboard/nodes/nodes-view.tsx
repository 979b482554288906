/** Each node in detail, and what happened to them. */

import { timeText } from '../data/clock.ts';
import type { ClusterView, NodeView } from '../data/types.ts';
import { useCluster, useWhatHappened } from '../data/use-cluster.ts';
import { useNow } from '../data/use-now.ts';
import { EventList } from '../events/event-list.tsx';
import { conditionOf } from '../overview/condition.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { NodeName } from '../parts/node-name.tsx';
import { nodeSlot } from '../style/colours.ts';
import { diagnosisOf } from './diagnosis.ts';
import { factsOf } from './node-facts.ts';
import './nodes.css';

export function NodesView() {
  const view = useCluster();
  const happened = useWhatHappened();
  const now = useNow();
  return (
    <div class="nodes-view">
      <section class="panel" aria-labelledby="details-title">
        <div class="panel-head">
          <h2 id="details-title">Nodes</h2>
          <CopyButton label="Copy all of this as text" text={() => diagnosisOf(view, happened, Date.now())} />
        </div>
        <ul class="node-details">
          {view.nodes.map((node) => (
            <NodeDetail key={node.id} node={node} view={view} now={now} lostAt={happened.lostAt.get(node.id)} />
          ))}
        </ul>
      </section>
      <EventList countMax={200} />
    </div>
  );
}

interface NodeDetailProps {
  readonly node: NodeView;
  readonly view: ClusterView;
  readonly now: number;
  readonly lostAt: number | undefined;
}

function NodeDetail({ node, view, now, lostAt }: NodeDetailProps) {
  const { tone, label } = conditionOf(node, view);
  const isOld = !node.isReachable;
  const since = lostAt ?? node.heardAt;
  return (
    <li class="node-detail" data-node={nodeSlot(node.index)} data-old={isOld || undefined}>
      <h3>
        <NodeName node={node} /> <span class={`small tone-${tone}`}>{label}</span>
      </h3>
      {isOld && node.health !== undefined && (
        <p class="small tone-bad">No contact{since === undefined ? '' : ` since ${timeText(since, now)}`}. This is what it said last.</p>
      )}
      <dl class="small">
        {factsOf(node, view, now).map(({ name, value, isCode, tone: factTone }) => (
          <div key={name}>
            <dt class="soft">{name}</dt>
            <dd class={factTone && `tone-${factTone}`}>{isCode === true ? <code>{value}</code> : value}</dd>
          </div>
        ))}
      </dl>
    </li>
  );
}
