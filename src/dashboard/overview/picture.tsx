/** The cluster as a picture: who leads, who follows, how they are, and entries on their way between them; with the lab, what can be done to each. */

import './overview.css';
import '../controls/controls.css';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { cluster, useCluster } from '../data/use-cluster.ts';
import { useMedia } from '../data/use-media.ts';
import { useSize } from '../data/use-size.ts';
import type { ClusterView, NodeView } from '../data/types.ts';
import { NodeButtons } from '../controls/node-buttons.tsx';
import { useControls } from '../controls/use-controls.ts';
import type { Controls } from '../controls/use-controls.ts';
import { nodeSlot } from '../style/colours.ts';
import { Badge } from './badge.tsx';
import { ClientBox } from './client-box.tsx';
import { conditionOf } from './condition.ts';
import { EpochStrip } from './epoch-strip.tsx';
import { FlightLayer } from './flight-layer.ts';
import { curveBetween, layoutOf, pathOf, rem } from './layout.ts';
import type { Box, Curve, Layout } from './layout.ts';
import { Motion } from './motion.tsx';
import { NodeCard } from './node-card.tsx';
import { pictureText } from './picture-text.ts';
import { PictureClock } from './picture-clock.ts';

export function Picture() {
  const view = useCluster();
  const controls = useControls(view.hasLab);
  const place = useRef<HTMLDivElement>(null);
  const { width, letterScale } = useSize(place);
  // People asked their system for less motion.
  const isStill = useMedia('(prefers-reduced-motion: reduce)');
  const layout = layoutOf({ width: width / letterScale, nodeCount: view.nodes.length, hasButtons: view.hasLab });
  const streams = streamsOf(view, layout);
  const clientCurve = clientCurveOf(view, layout);
  const clock = useRef(new PictureClock()).current;
  const { dots, wake } = useFlights({ view, streams, clientCurve, clock, isStill });

  return (
    <section class="panel picture-panel" aria-labelledby="picture-title">
      <div class="panel-head">
        <h2 id="picture-title">Cluster</h2>
        {view.hasLab && <PutBack controls={controls} />}
      </div>
      <div class="picture" ref={place} style={{ height: rem(layout.height) }}>
        <svg viewBox={`0 0 ${layout.width} ${layout.height}`} role="img" aria-label={pictureText(view)}>
          {streams.map(({ node, curve }) => {
            const { isFed } = conditionOf(node, view);
            return <path key={node.id} class="stream" data-node={nodeSlot(node.index)} data-open={isFed} d={pathOf(curve)} />;
          })}
          {clientCurve && <path class="stream" data-open="true" d={pathOf(clientCurve)} />}
          <g ref={dots} />
        </svg>
        <ClientBox nodes={view.nodes} clock={clock} isStill={isStill} style={boxStyle(layout.client)} />
        <ul aria-label="Nodes">
          {view.nodes.map((node, index) => {
            const box = layout.nodes[index];
            const labNode = controls.nodes?.find(({ id }) => id === node.id);
            return (
              box && (
                <NodeCard key={node.id} node={node} view={view} style={boxStyle(box)}>
                  {labNode && (
                    <NodeButtons
                      node={labNode}
                      isOff={controls.isOff}
                      isUnderWay={controls.underWay === node.id || controls.underWay === 'all'}
                      perform={(action) => controls.perform(node.id, action)}
                    />
                  )}
                </NodeCard>
              )
            );
          })}
        </ul>
        <Badge view={view} layout={layout} />
      </div>
      <div class="picture-foot">
        <p class="soft small">{isStill ? 'The dots stand still: your system asks for less motion.' : '● entry  ○ acknowledgement'}</p>
        {!isStill && <Motion clock={clock} changed={wake} />}
      </div>
      <EpochStrip />
      <p class="refusal small" role="alert">
        {controls.refusal}
      </p>
    </section>
  );
}

function PutBack({ controls: { isOff, isTaken, putBack } }: { readonly controls: Controls }) {
  return (
    <div class="put-back">
      {isTaken && <span class="soft small">Locked while an experiment runs</span>}
      <button
        type="button"
        disabled={isOff}
        title="all nodes run, are connected, and have the delay of the start"
        onClick={() => void putBack()}
      >
        Put everything back
      </button>
    </div>
  );
}

interface StreamShape {
  readonly node: NodeView;
  readonly curve: Curve;
}

/** From the leader to each of the others. */
function streamsOf({ leader, nodes }: ClusterView, { nodes: boxes, isNarrow }: Layout): readonly StreamShape[] {
  const from = leader && boxes[nodes.indexOf(leader)];
  if (from === undefined) return [];
  const others = nodes.filter((node) => node !== leader);
  return others.flatMap((node, index): StreamShape[] => {
    const to = boxes[nodes.indexOf(node)];
    const share = others.length === 1 ? 0.5 : 0.25 + (0.5 * index) / (others.length - 1);
    return to === undefined ? [] : [{ node, curve: curveBetween({ from, to, isNarrow, share }) }];
  });
}

/** From the client to the leader. */
function clientCurveOf({ leader, nodes }: ClusterView, { client, nodes: boxes, isNarrow }: Layout): Curve | undefined {
  const to = leader && boxes[nodes.indexOf(leader)];
  return to && curveBetween({ from: client, to, isNarrow });
}

function boxStyle({ x, y, width, height }: Box) {
  return { left: rem(x), top: rem(y), width: rem(width), height: rem(height) };
}

interface FlightsAsk {
  readonly view: ClusterView;
  readonly streams: readonly StreamShape[];
  readonly clientCurve: Curve | undefined;
  readonly clock: PictureClock;
  readonly isStill: boolean;
}

function useFlights({ view, streams, clientCurve, clock, isStill }: FlightsAsk) {
  const place = useRef<SVGGElement>(null);
  const layer = useRef<FlightLayer>(undefined);
  useEffect(() => {
    if (place.current === null || isStill) return;
    const made = new FlightLayer(place.current, clock);
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
    const plans = streams.map(({ node, curve }) => {
      const heldEnd = node.member?.durableEnd ?? node.heldEnd ?? placedEnd;
      return { id: node.id, slot: nodeSlot(node.index), curve, isOpen: conditionOf(node, view).isFed, heldEnd, placedEnd };
    });
    layer.current?.plan({ leaderId: view.leader?.id, streams: plans, clientCurve });
  });
  return { dots: place, wake: () => layer.current?.wake() };
}
