/** What can be done to one node, as buttons that say what they do. */

import { useEffect, useRef, useState } from 'preact/hooks';
import type { LabAction, LabNode } from '../../api/lab.ts';

/** What one can choose; another delay, as `--delays` gives it, is listed beside these. */
const delaysMs = [0, 500, 1000, 2000, 5000];

export interface NodeButtonsProps {
  readonly node: LabNode;
  readonly isOff: boolean;
  readonly isUnderWay: boolean;
  readonly perform: (action: LabAction) => Promise<void>;
}

export function NodeButtons({ node, isOff, isUnderWay, perform }: NodeButtonsProps) {
  const { id, isRunning, isPaused, isCutOff } = node;
  const common = { id, isOff, perform };
  return (
    <div class="node-buttons" role="group" aria-label={`Actions for ${id}`} aria-busy={isUnderWay}>
      {isRunning ? (
        <ActionButton {...common} label="Kill" title="kill -9: the process ends at once" action={{ do: 'kill' }} />
      ) : (
        <ActionButton {...common} label="Start" title="start the process again" action={{ do: 'start' }} isOn />
      )}
      {isPaused ? (
        <ActionButton {...common} label="Resume" title="SIGCONT: the process goes on where it was" action={{ do: 'resume' }} isOn />
      ) : (
        isRunning && (
          <ActionButton
            {...common}
            label="Pause"
            title="SIGSTOP: the process keeps its connections and answers nobody"
            action={{ do: 'pause' }}
          />
        )
      )}
      {isCutOff ? (
        <ActionButton
          {...common}
          label="Connect"
          title="to the other nodes again; what was held back arrives"
          action={{ do: 'reconnect' }}
          isOn
        />
      ) : (
        <ActionButton {...common} label="Cut off" title="from the other nodes; clients still reach it" action={{ do: 'cutOff' }} />
      )}
      {node.kind !== 'master' && !isPaused && <Delay node={node} isOff={isOff} perform={perform} />}
      <More {...common} isElectable={node.kind === 'node' && isRunning} />
    </div>
  );
}

interface ActionButtonProps {
  readonly id: string;
  readonly label: string;
  readonly title: string;
  readonly action: LabAction;
  readonly isOff: boolean;
  /** It ends something that was done to the node. */
  readonly isOn?: boolean;
  readonly perform: (action: LabAction) => Promise<void>;
}

function ActionButton({ id, label, title, action, isOff, isOn = false, perform }: ActionButtonProps) {
  return (
    <button
      type="button"
      class={isOn ? 'is-on' : ''}
      title={title}
      aria-label={`${label} ${id}`}
      disabled={isOff}
      onClick={() => void perform(action)}
    >
      {label}
    </button>
  );
}

type CommonProps = Pick<ActionButtonProps, 'id' | 'isOff' | 'perform'>;

/** A node reads its delay at its start, so it is restarted. */
function Delay({ node: { id, delayMs }, isOff, perform }: Omit<CommonProps, 'id'> & { readonly node: LabNode }) {
  const choices = [...new Set([...delaysMs, delayMs])].toSorted((a, b) => a - b);
  return (
    <select
      class={delayMs > 0 ? 'is-on' : ''}
      value={String(delayMs)}
      disabled={isOff}
      title="how late it stores what it gets; the node is restarted"
      aria-label={`Delay of ${id}; the node is restarted`}
      onChange={(event) => void perform({ do: 'delay', delayMs: Number(event.currentTarget.value) })}
    >
      {choices.map((ms) => (
        <option key={ms} value={String(ms)}>
          +{ms / 1000} s
        </option>
      ))}
    </select>
  );
}

/** What is rarely done, or cannot be undone. */
function More({ id, isOff, isElectable, perform }: CommonProps & { readonly isElectable: boolean }) {
  const place = useRef<HTMLDetailsElement>(null);
  const [isOpen, setIsOpen] = useState(false);
  const close = (): void => place.current?.removeAttribute('open');
  useEffect(() => {
    if (!isOpen) return;
    const closeFromOutside = ({ target }: Event): void => {
      if (target instanceof Node && place.current?.contains(target) !== true) close();
    };
    document.addEventListener('pointerdown', closeFromOutside);
    return () => document.removeEventListener('pointerdown', closeFromOutside);
  }, [isOpen]);
  const closeAndPerform = (action: LabAction): Promise<void> => {
    close();
    return perform(action);
  };
  return (
    <details
      class="more"
      ref={place}
      onToggle={(event) => setIsOpen(event.currentTarget.open)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        close();
        place.current?.querySelector('summary')?.focus();
      }}
      onFocusOut={({ relatedTarget }) => {
        if (relatedTarget instanceof Node && place.current?.contains(relatedTarget) !== true) close();
      }}
    >
      <summary aria-label={`More for ${id}`} title="more">
        ⋯
      </summary>
      <div class="more-list">
        {isElectable && (
          <ActionButton
            {...{ id, isOff }}
            perform={closeAndPerform}
            label="Hand over to it"
            title="it becomes the leader, as before an upgrade of the old one"
            action={{ do: 'promote' }}
          />
        )}
        <ActionButton
          {...{ id, isOff }}
          perform={closeAndPerform}
          label="Let its disk forget"
          title="the node is stopped, and its log loses its end: start it again to see what becomes of it"
          action={{ do: 'forget' }}
        />
        <WipeButton id={id} isOff={isOff} perform={closeAndPerform} />
      </div>
    </details>
  );
}

/** What cannot be undone has to be confirmed. */
function WipeButton({ id, isOff, perform }: CommonProps) {
  const [isAsked, setIsAsked] = useState(false);
  return (
    <button
      type="button"
      class={isAsked ? 'danger' : ''}
      title="kill -9, and its files are deleted"
      aria-label={isAsked ? `Really empty the disk of ${id}?` : `Empty its disk: ${id}`}
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
