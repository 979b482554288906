/** Above the log: whose it is, and where to go. */

import { useId, useState } from 'preact/hooks';
import { count, entries } from '../data/numbers.ts';
import type { NodeView } from '../data/types.ts';
import { offsetOf } from './address.ts';
import type { Choice, ReadLevel } from './log-rows.ts';

export interface ChoiceOfNodeProps {
  readonly nodes: readonly NodeView[];
  readonly choice: Choice;
  readonly onChoice: (choice: Choice) => void;
}

export function ChoiceOfNode({ nodes, choice, onChoice }: ChoiceOfNodeProps) {
  return (
    <>
      <label class="tool">
        <span>Show</span>
        <select value={choice.nodeId ?? ''} onChange={(event) => onChoice({ ...choice, nodeId: event.currentTarget.value || undefined })}>
          <option value="">all nodes, side by side</option>
          {nodes.map(({ id, name }) => (
            <option key={id} value={id} title={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {choice.nodeId !== undefined && (
        <label class="tool">
          <span>Read</span>
          <select value={choice.level} onChange={(event) => onChoice({ ...choice, level: event.currentTarget.value as ReadLevel })}>
            <option value="default">default: all that it shows</option>
            <option value="committed">committed: only what stays</option>
          </select>
        </label>
      )}
    </>
  );
}

/** @param props.end - one past the last offset there is */
export function GoTo({ end, onGo }: { readonly end: number; readonly onGo: (offset: number) => void }) {
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string>();
  const problemId = useId();
  const go = (event: Event): void => {
    event.preventDefault();
    const offset = offsetOf(text);
    if (offset === undefined) setProblem('An offset is a whole number, from 0.');
    else if (offset >= end) setProblem(end === 0 ? 'The log is empty.' : `The last offset is ${count(end - 1)}.`);
    else {
      setProblem(undefined);
      onGo(offset);
    }
  };
  return (
    <form class="tool" onSubmit={go}>
      <label>
        <span class="name">Go to offset</span>{' '}
        <input
          placeholder="offset"
          class="short"
          inputMode="numeric"
          autocomplete="off"
          value={text}
          aria-invalid={problem !== undefined}
          aria-describedby={problemId}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setProblem(undefined);
          }}
        />
      </label>
      <span id={problemId} role="status" class="small problem">
        {problem}
      </span>
    </form>
  );
}

/** Shown while the reader is not at the end. */
export function FollowButton({ newCount, onFollow }: { readonly newCount: number; readonly onFollow: () => void }) {
  return (
    <button type="button" class="follow" onClick={onFollow}>
      ↓ {newCount > 0 ? `${entries(newCount)} new` : 'To the end'}
    </button>
  );
}
