/** Who writes, and waits until the acknowledgements have arrived. */

import './client.css';
import type { CSSProperties } from 'preact';
import { count, duration } from '../data/numbers.ts';
import type { NodeView } from '../data/types.ts';
import { useTicks } from '../data/use-ticks.ts';
import { nodeSlot } from '../style/colours.ts';
import { clientView } from './client-view.ts';
import type { ClientView, Home } from './client-view.ts';
import type { PictureClock } from './picture-clock.ts';
import { useAppends } from './use-appends.ts';

interface ClientBoxProps {
  readonly nodes: readonly NodeView[];
  readonly clock: PictureClock;
  readonly isStill: boolean;
  readonly style: CSSProperties;
}

export function ClientBox({ nodes, clock, isStill, style }: ClientBoxProps) {
  const rows = useAppends();
  const at = performance.timeOrigin + clock.shownAt(performance.now());
  const view = clientView({ rows, at, isStill });
  const isLate = rows[0] !== undefined && rows[0].sentAt > at - 1000;
  const canChange = view.kind === 'waiting' || isLate || !clock.isLive(performance.now());
  useTicks(canChange ? 100 : undefined);
  return (
    <div class="client-box" data-waits={view.kind === 'waiting'} style={style}>
      <div class="card-line">
        <span>Client{view.kind !== 'idle' && view.row.w !== undefined && <span class="small soft"> w={view.row.w}</span>}</span>
        {view.kind === 'waiting' && <Hourglass isStill={isStill || clock.isPaused} />}
        {view.kind === 'over' && <Verdict view={view} />}
      </div>
      <div class="small soft client-words">{wordsOf(view)}</div>
      {view.kind !== 'idle' && (
        <div class="homes" aria-hidden="true">
          {view.homes.map((home) => (
            <Pip key={home.node} home={home} nodes={nodes} />
          ))}
        </div>
      )}
    </div>
  );
}

function wordsOf(view: ClientView): string {
  if (view.kind === 'idle') return 'idle';
  const home = view.homes.filter(({ isHome }) => isHome).length;
  if (view.kind === 'over') return overWords(view);
  const many = view.count > 1 ? ` (+${count(view.count - 1)})` : '';
  const since = view.waitedMs === undefined || view.waitedMs < 100 ? '' : `, ${duration(Math.floor(view.waitedMs / 100) * 100)}`;
  const whom = view.homes.length === 0 ? ' for a leader' : `: ${home} of ${view.needed ?? view.homes.length} acknowledged`;
  return `waits${whom}${since}${many}`;
}

function overWords({ row }: Extract<ClientView, { kind: 'over' }>): string {
  const after = row.roundTripMs === undefined ? '' : ` after ${duration(row.roundTripMs)}`;
  switch (row.state) {
    case 'answered':
      return `answered${after}`;
    case 'failed':
      return `${row.problem?.outcome ?? 'failed'}${after}: ${row.problem?.code ?? ''}`;
    case 'given up':
      return 'gave up waiting';
    default:
      return 'answer not seen here';
  }
}

function Verdict({ view: { row } }: { readonly view: Extract<ClientView, { kind: 'over' }> }) {
  const isGood = row.state === 'answered';
  return (
    <span class="client-verdict" data-tone={isGood ? 'good' : 'bad'} aria-hidden="true">
      {isGood ? '✓' : '✗'}
    </span>
  );
}

/** Filled once the node's acknowledgement has arrived. */
function Pip({ home: { node, isHome }, nodes }: { readonly home: Home; readonly nodes: readonly NodeView[] }) {
  const slot = nodeSlot(nodes.find(({ id }) => id === node)?.index ?? 0);
  return (
    <span class="home" data-node={slot} data-home={isHome} title={isHome ? `${node} has acknowledged` : `${node} has not acknowledged`} />
  );
}

function Hourglass({ isStill }: { readonly isStill: boolean }) {
  return (
    <svg class="hourglass" data-still={isStill} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d="M4 1.5h8M4 14.5h8M5 1.5c0 4 2.2 4.5 3 6.5.8-2 3-2.5 3-6.5M5 14.5c0-4 2.2-4.5 3-6.5.8 2 3 2.5 3 6.5" />
    </svg>
  );
}
