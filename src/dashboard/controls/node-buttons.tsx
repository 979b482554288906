/** What can be done to one node, as buttons that say what they do. */

import { useRef, useState } from 'preact/hooks';
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
    <div class="node-buttons" role="group" aria-label={`Do to ${id}`} aria-busy={isUnderWay}>
      {isRunning ? (
        <ActionButton {...common} label="Kill" title="kill -9: it ends at once" action={{ do: 'kill' }} />
      ) : (
        <ActionButton {...common} label="Start" title="start the process again" action={{ do: 'start' }} isOn />
      )}
      {isPaused ? (
        <ActionButton {...common} label="Resume" title="SIGCONT: it goes on where it was" action={{ do: 'resume' }} isOn />
      ) : (
        <ActionButton
          {...common}
          label="Pause"
          title="SIGSTOP: it is there, and answers nobody"
          isOff={isOff || !isRunning}
          action={{ do: 'pause' }}
        />
      )}
      {isCutOff ? (
        <ActionButton {...common} label="Reconnect" title="what was held back arrives" action={{ do: 'reconnect' }} isOn />
      ) : (
        <ActionButton {...common} label="Cut off" title="from the other nodes; clients still reach it" action={{ do: 'cutOff' }} />
      )}
      {node.kind !== 'master' && <Delay node={node} isOff={isOff || isPaused} perform={perform} />}
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

/** A node reads its delay at its start, so it is started anew. */
function Delay({ node: { id, delayMs }, isOff, perform }: Omit<CommonProps, 'id'> & { readonly node: LabNode }) {
  const choices = [...new Set([...delaysMs, delayMs])].toSorted((a, b) => a - b);
  return (
    <select
      class={delayMs > 0 ? 'is-on' : ''}
      value={String(delayMs)}
      disabled={isOff}
      title="how late it stores what it gets; it is started anew"
      aria-label={`How late ${id} stores; it is started anew`}
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

/** What is done seldom, or cannot be undone. */
function More({ id, isOff, isElectable, perform }: CommonProps & { readonly isElectable: boolean }) {
  const place = useRef<HTMLDetailsElement>(null);
  const close = (): void => place.current?.removeAttribute('open');
  const closeAndPerform = (action: LabAction): Promise<void> => {
    close();
    return perform(action);
  };
  return (
    <details
      class="more"
      ref={place}
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
            title="the leader gives it its place, as for an upgrade"
            action={{ do: 'promote' }}
          />
        )}
        <ActionButton
          {...{ id, isOff }}
          perform={closeAndPerform}
          label="Let its disk forget"
          title="it is stopped, and the end of its log is gone; start it again to see what it is then"
          action={{ do: 'forget' }}
        />
        <WipeButton id={id} isOff={isOff} perform={closeAndPerform} />
      </div>
    </details>
  );
}

/** What cannot be undone is asked for twice. */
function WipeButton({ id, isOff, perform }: CommonProps) {
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
