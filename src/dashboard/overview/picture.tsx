/** The cluster as a picture: who leads, who follows, how they are, and entries on their way between them. */

import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { cluster, useCluster } from '../data/use-cluster.ts';
import type { ClusterView, NodeView } from '../data/types.ts';
import { nodeSlot } from '../style/colours.ts';
import { conditionOf } from './condition.ts';
import { FlightLayer } from './flight-layer.ts';
import { layoutOf, pathOf } from './layout.ts';
import type { Box } from './layout.ts';
import { NodeCard } from './node-card.tsx';
import { useStillness, useWidth } from './use-surroundings.ts';

export function Picture() {
  const view = useCluster();
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const isStill = useStillness();
  const front = useFrontNode(view);
  const others = view.nodes.filter((node) => node !== front);
  const layout = layoutOf(width, others.length);
  const dots = useFlights({ view, others, curves: layout.streams, isStill });

  return (
    <section class="panel picture-panel" aria-labelledby="picture-title">
      <div class="panel-head">
        <h2 id="picture-title">Cluster</h2>
        <p class="soft small picture-hint">
          {isStill ? 'the dots stand still, as your system asks for' : 'a dot is an entry on its way; it waits where it is not held yet'}
        </p>
      </div>
      <div class="picture" ref={place} style={{ height: `${layout.height}px` }}>
        <svg width={layout.width} height={layout.height} aria-hidden="true">
          {others.map((node, index) => {
            const curve = layout.streams[index];
            const { isFed } = conditionOf(node, view);
            const isOpen = isFed && view.leader !== undefined;
            return curve && <path key={node.id} class="stream" data-node={nodeSlot(node.index)} data-open={isOpen} d={pathOf(curve)} />;
          })}
          <g ref={dots} />
        </svg>
        <ul>
          {front === undefined ? (
            <li class="node-card no-leader" style={boxStyle(layout.leader)}>
              no leader
            </li>
          ) : (
            <NodeCard node={front} view={view} style={boxStyle(layout.leader)} isFront />
          )}
          {others.map((node, index) => {
            const box = layout.others[index];
            return box && <NodeCard key={node.id} node={node} view={view} style={boxStyle(box)} isFront={false} />;
          })}
        </ul>
      </div>
    </section>
  );
}

function boxStyle({ x, y, width, height }: Box) {
  return { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` };
}

/** Who stands in front: the leader, or who led last, or would. */
function useFrontNode({ leader, nodes }: ClusterView): NodeView | undefined {
  const last = useRef<string>(undefined);
  if (leader !== undefined) last.current = leader.id;
  const named = nodes.flatMap((node) => node.health?.leader?.id ?? [])[0];
  const candidate = nodes.find((node) => node.isReachable && node.health?.role === 'candidate');
  return leader ?? nodes.find((node) => node.id === last.current) ?? candidate ?? nodes.find((node) => node.id === named);
}

interface FlightsAsk {
  readonly view: ClusterView;
  readonly others: readonly NodeView[];
  readonly curves: ReturnType<typeof layoutOf>['streams'];
  readonly isStill: boolean;
}

function useFlights({ view, others, curves, isStill }: FlightsAsk) {
  const place = useRef<SVGGElement>(null);
  const layer = useRef<FlightLayer>(undefined);
  useEffect(() => {
    if (place.current === null || isStill) return;
    const made = new FlightLayer(place.current);
    layer.current = made;
    const end = cluster.onFrame((nodeId, frame) => made.takeFrame(nodeId, frame));
    return () => {
      end();
      made.stop();
      layer.current = undefined;
    };
  }, [isStill]);
  useLayoutEffect(() => {
    const placedEnd = view.leader?.health?.ends.logEnd ?? 0;
    const plans = others.flatMap((node, index) => {
      const curve = curves[index];
      if (curve === undefined || view.leader === undefined) return [];
      const heldEnd = node.member?.durableEnd ?? node.heldEnd ?? placedEnd;
      return [{ id: node.id, slot: nodeSlot(node.index), curve, isOpen: conditionOf(node, view).isFed, heldEnd, placedEnd }];
    });
    layer.current?.plan(view.leader?.id, plans);
  });
  return place;
}
