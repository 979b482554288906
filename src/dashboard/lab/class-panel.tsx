/** Predict first, for a class: a link to the question, and how many expect what. */

import { useEffect, useState } from 'preact/hooks';
import { count } from '../data/numbers.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { ballotLink } from './ballot-link.ts';
import type { Experiment } from './experiments/experiment.ts';
import { clearPredictions, readPredictions, sendPrediction } from './prediction-api.ts';
import { newVoter } from './voter.ts';
import { reasonOf } from '../data/reason.ts';

const refreshEveryMs = 2000;

interface ClassPanelProps {
  readonly experiment: Experiment;
  /** The choice that came true, once it is known. */
  readonly came: string | undefined;
}

export function ClassPanel({ experiment, came }: ClassPanelProps) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details class="class-panel" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>Ask a class</summary>
      {isOpen && <Counts experiment={experiment} came={came} />}
    </details>
  );
}

function Counts({ experiment, came }: ClassPanelProps) {
  const [counts, setCounts] = useState<Readonly<Record<string, number>>>({});
  const [failure, setFailure] = useState('');
  const attempt = async (work: Promise<{ readonly counts: Readonly<Record<string, number>> }>): Promise<void> => {
    try {
      setCounts((await work).counts);
      setFailure('');
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return;
      setFailure(`The answers cannot be counted: ${reasonOf(error)}`);
    }
  };
  useEffect(() => {
    const over = new AbortController();
    const read = (): void => void attempt(readPredictions(experiment.id, over.signal));
    read();
    const timer = setInterval(read, refreshEveryMs);
    return () => {
      clearInterval(timer);
      over.abort();
    };
  }, [experiment.id]);
  const link = ballotLink(location.href, experiment.id);
  const all = experiment.choices.reduce((sum, { id }) => sum + (counts[id] ?? 0), 0);
  return (
    <div class="class-body">
      <p class="class-link">
        <a href={link} target="_blank" rel="noreferrer">
          {link}
        </a>
        <CopyButton label="Copy the link" text={link} />
      </p>
      <p class="small soft">
        Only this computer can reach the lab. For other devices make a tunnel, for instance with <code>ssh -L</code>, or count raised hands
        with the buttons.
      </p>
      <ul class="class-counts" aria-label="What the class expects">
        {experiment.choices.map(({ id, text }) => (
          <li key={id} data-came={came === id}>
            <span class="class-number">{count(counts[id] ?? 0)}</span>
            <span>
              <span class="class-bar" style={{ width: `${all === 0 ? 0 : ((counts[id] ?? 0) / all) * 100}%` }} aria-hidden="true" />
              {text}
              {came === id && <strong> (this is what happened)</strong>}
            </span>
            <button
              type="button"
              aria-label={`+1 hand for: ${text}`}
              onClick={() => void attempt(sendPrediction(experiment.id, { voter: newVoter(), choice: id }))}
            >
              +1
            </button>
          </li>
        ))}
      </ul>
      <p class="class-foot">
        <span>
          {count(all)} {all === 1 ? 'answer' : 'answers'}
          {came !== undefined && all > 0 && `, ${count(counts[came] ?? 0)} of them right`}
        </span>
        <button type="button" disabled={all === 0} onClick={() => void attempt(clearPredictions(experiment.id))}>
          Clear the answers
        </button>
      </p>
      <p class="refusal small" role="alert">
        {failure}
      </p>
    </div>
  );
}
