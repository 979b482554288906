/** What can be done to each node, as buttons that say what they do. */

import { useEffect, useState } from 'preact/hooks';
import { nodeSlot } from '../style/colours.ts';
import { act, reset } from './experiments/lab-api.ts';
import type { LabAction, LabNode } from '../../api/lab.ts';
import { useLab } from './use-lab.ts';

const delaySecondsMax = 5;

/** @param isBusy - an experiment has the nodes */
export function NodeStrips({ isBusy }: { readonly isBusy: boolean }) {
  const { nodes, failure, refreshNodes } = useLab();
  const [refusal, setRefusal] = useState<string>();
  const [underWay, setUnderWay] = useState<string>();
  // What the experiment put back is seen at once.
  useEffect(refreshNodes, [isBusy]);
  const attempt = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    setRefusal(undefined);
    setUnderWay(name);
    try {
      await work();
    } catch (error) {
      setRefusal(error instanceof Error ? error.message : String(error));
    }
    setUnderWay(undefined);
    refreshNodes();
  };
  const isOff = isBusy || underWay !== undefined;
  const isWell = nodes?.every((node) => node.isRunning && !node.isPaused && !node.isCutOff && node.delayMs === 0) ?? true;
  return (
    <section class="panel" aria-labelledby="nodes-title" aria-busy={underWay !== undefined}>
      <div class="panel-head">
        <h2 id="nodes-title">Nodes</h2>
        <button type="button" disabled={isOff || isWell} onClick={() => void attempt('all', reset)}>
          Put everything back
        </button>
      </div>
      {nodes === undefined && failure === undefined && <p class="soft">Asking how the nodes stand…</p>}
      {isBusy && <p class="soft small">An experiment has the nodes.</p>}
      <ul class="strips">
        {nodes?.map((node, index) => (
          <NodeStrip
            key={node.id}
            node={node}
            index={index}
            isOff={isOff}
            isUnderWay={underWay === node.id || underWay === 'all'}
            perform={(action) => attempt(node.id, () => act(node.id, action))}
          />
        ))}
      </ul>
      <p class="lab-failure small" role="alert">
        {refusal ?? (failure === undefined ? '' : `The lab does not answer: ${failure}`)}
      </p>
    </section>
  );
}

interface NodeStripProps {
  readonly node: LabNode;
  readonly index: number;
  readonly isOff: boolean;
  readonly isUnderWay: boolean;
  readonly perform: (action: LabAction) => Promise<void>;
}

function NodeStrip({ node, index, isOff, isUnderWay, perform }: NodeStripProps) {
  const { id, kind, isRunning, isPaused, isCutOff } = node;
  const { text, tone } = isUnderWay ? { text: 'working…', tone: 'warn' } : stateOf(node);
  return (
    <li class="strip" data-node={nodeSlot(index)}>
      <div class="strip-head">
        <h3 class="node-name">{id}</h3>
        <span class="strip-state small" data-tone={tone} aria-live="polite">
          {text}
        </span>
      </div>
      <div class="strip-buttons" role="group" aria-label={`Do to ${id}`}>
        {isRunning ? (
          <ActionButton label="Kill" title="kill -9: at once, without a last word" {...{ id, isOff, perform }} action={{ do: 'kill' }} />
        ) : (
          <ActionButton label="Start" title="start the process again" {...{ id, isOff, perform }} action={{ do: 'start' }} />
        )}
        {isPaused ? (
          <ActionButton label="Resume" title="SIGCONT: it goes on where it was" {...{ id, isOff, perform }} action={{ do: 'resume' }} />
        ) : (
          <ActionButton
            label="Pause"
            title="SIGSTOP: it is there, and answers nobody"
            {...{ id, perform }}
            isOff={isOff || !isRunning}
            action={{ do: 'pause' }}
          />
        )}
        {isCutOff ? (
          <ActionButton label="Reconnect" title="what was held back arrives" {...{ id, isOff, perform }} action={{ do: 'reconnect' }} />
        ) : (
          <ActionButton
            label="Cut off"
            title="from the other nodes; clients still reach it"
            {...{ id, isOff, perform }}
            action={{ do: 'cutOff' }}
          />
        )}
        <WipeButton id={id} isOff={isOff} perform={perform} />
      </div>
      {kind !== 'master' ? (
        <Delay node={node} isOff={isOff || isPaused} perform={perform} />
      ) : (
        <p class="soft small">It gives every message its place, and is the first to store it.</p>
      )}
    </li>
  );
}

interface ActionButtonProps {
  readonly id: string;
  readonly label: string;
  readonly title: string;
  readonly action: LabAction;
  readonly isOff: boolean;
  readonly perform: (action: LabAction) => Promise<void>;
}

function ActionButton({ id, label, title, action, isOff, perform }: ActionButtonProps) {
  return (
    <button type="button" title={title} aria-label={`${label} ${id}`} disabled={isOff} onClick={() => void perform(action)}>
      {label}
    </button>
  );
}

/** What cannot be undone is asked for twice. */
function WipeButton({ id, isOff, perform }: Pick<ActionButtonProps, 'id' | 'isOff' | 'perform'>) {
  const [isAsked, setIsAsked] = useState(false);
  return (
    <button
      type="button"
      class={isAsked ? 'danger' : ''}
      title="kill -9, and all its files are gone"
      aria-label={isAsked ? `Really? The disk of ${id} is emptied` : `Empty its disk: ${id}`}
      disabled={isOff}
      onBlur={() => setIsAsked(false)}
      onClick={() => {
        if (isAsked) void perform({ do: 'wipe' });
        setIsAsked(!isAsked);
      }}
    >
      {isAsked ? 'Really?' : 'Empty its disk'}
    </button>
  );
}

interface DelayProps {
  readonly node: LabNode;
  readonly isOff: boolean;
  readonly perform: (action: LabAction) => Promise<void>;
}

/** A node reads its delay at its start, so it is set when the slider is let go. */
function Delay({ node: { id, delayMs }, isOff, perform }: DelayProps) {
  const [dragged, setDragged] = useState<number>();
  const seconds = dragged ?? delayMs / 1000;
  return (
    <label class="strip-delay small">
      <span>Stores late by</span>
      <input
        type="range"
        min={0}
        max={delaySecondsMax}
        step={0.5}
        value={seconds}
        disabled={isOff}
        aria-label={`How late ${id} stores, in seconds; it is started anew`}
        onInput={(event) => setDragged(event.currentTarget.valueAsNumber)}
        onChange={(event) => {
          const action = { do: 'delay', delayMs: Math.round(event.currentTarget.valueAsNumber * 1000) } as const;
          void perform(action).then(() => setDragged(undefined));
        }}
      />
      <output>{seconds.toFixed(1)} s</output>
    </label>
  );
}

function stateOf({ isRunning, isPaused, isCutOff, pid }: LabNode): { readonly text: string; readonly tone: string } {
  if (!isRunning) return { text: isCutOff ? 'down, and cut off' : 'down', tone: 'bad' };
  const parts = [...(isPaused ? ['paused'] : []), ...(isCutOff ? ['cut off'] : [])];
  if (parts.length > 0) return { text: parts.join(', '), tone: 'warn' };
  return { text: `runs, pid ${pid ?? '?'}`, tone: 'good' };
}
