/** One experiment: its question, the visitor's prediction, the steps as they happen, and what came of it. */

import { useState } from 'preact/hooks';
import { duration } from '../data/numbers.ts';
import { useTicks } from '../data/use-ticks.ts';
import { Choices } from './choices.tsx';
import { ClassPanel } from './class-panel.tsx';
import type { Experiment, Finding } from './experiments/experiment.ts';
import type { Step } from './experiments/experiment-run.ts';
import type { Session } from './lab-session.ts';
import { session as labSession } from './use-session.ts';

interface ExperimentPanelProps {
  readonly experiment: Experiment;
  /** Of this experiment, if it runs or was the last one. */
  readonly session: Session | undefined;
}

export function ExperimentPanel({ experiment, session }: ExperimentPanelProps) {
  return (
    <article class="experiment" aria-labelledby="experiment-title">
      <p class="print-only">Name: ____________________________ Date: ________________</p>
      <h3 id="experiment-title">{experiment.title}</h3>
      <p>{experiment.setting}</p>
      {session === undefined ? <Prediction experiment={experiment} /> : <Course session={session} />}
      <ClassPanel experiment={experiment} came={session?.result?.kind === 'done' ? session.result.finding.came : undefined} />
      <Worksheet nodeCount={experiment.nodeCount} />
    </article>
  );
}

/** What is printed is what stands here, with room to write. */
function Worksheet({ nodeCount }: { readonly nodeCount: number }) {
  return (
    <div class="worksheet">
      <div class="print-only">
        <h4>In your own words: why?</h4>
        <div class="lines" />
        <h4>What would happen with {nodeCount === 3 ? 'five' : 'three'} nodes?</h4>
        <div class="lines" />
      </div>
      <button type="button" onClick={() => print()}>
        Print as a worksheet
      </button>
    </div>
  );
}

function Prediction({ experiment }: { readonly experiment: Experiment }) {
  const [chosen, setChosen] = useState<string>();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen !== undefined) void labSession.start(experiment, chosen);
      }}
    >
      <Choices experiment={experiment} chosen={chosen} onChoice={setChosen} />
      <div class="experiment-buttons">
        <button type="submit" class="primary" disabled={chosen === undefined} aria-describedby="predict-first">
          Run it
        </button>
        <span id="predict-first" class="soft small">
          {chosen === undefined ? 'First choose what you expect.' : 'The messages of the experiment stay in the log.'}
        </span>
      </div>
    </form>
  );
}

function Course({ session: { experiment, predicted, steps, result } }: { readonly session: Session }) {
  const isRunning = result === undefined;
  const expected = experiment.choices.find(({ id }) => id === predicted)?.text ?? '';
  return (
    <>
      <p class="print-only">{experiment.question}</p>
      <p class="small">
        <span class="soft">You expect:</span> {expected}
      </p>
      <div role="log" aria-label="Steps" aria-live="polite">
        <ol class="steps">
          {steps.map((step) => (
            <StepLine key={step.id} step={step} />
          ))}
        </ol>
      </div>
      {isRunning ? (
        <div class="experiment-buttons">
          <button type="button" onClick={() => labSession.stop()}>
            Stop
          </button>
          <span class="soft small">It goes on while you look at the other views.</span>
        </div>
      ) : (
        <>
          <div role="status">
            {result.kind === 'done' && <Outcome experiment={experiment} finding={result.finding} predicted={predicted} />}
            {result.kind === 'stopped' && <p class="verdict">Stopped.</p>}
            {result.kind === 'failed' && (
              <p class="verdict" data-tone="bad">
                The experiment failed: {result.reason}.
              </p>
            )}
            {result.putBackFailure !== undefined && (
              <p class="verdict" data-tone="bad">
                The nodes could not be put back as they were: {result.putBackFailure}. “Put everything back”, above, tries again.
              </p>
            )}
          </div>
          <div class="experiment-buttons">
            <button type="button" onClick={() => labSession.clear()}>
              Once more
            </button>
          </div>
        </>
      )}
    </>
  );
}

function StepLine({ step: { text, state, begunAt, note } }: { readonly step: Step }) {
  return (
    <li class="step" data-state={state}>
      <span class="step-sign" aria-hidden="true">
        {state === 'done' ? '✓' : state === 'failed' ? '✗' : '…'}
      </span>
      <span>{text}</span>
      {state === 'running' ? <Elapsed since={begunAt} /> : <strong class="step-note">{note}</strong>}
    </li>
  );
}

/** For eyes only: read aloud it would never end. */
function Elapsed({ since }: { readonly since: number }) {
  useTicks(100);
  const ms = Math.max(0, labSession.now() - since);
  return (
    <span class="soft step-note" aria-hidden="true">
      {ms < 200 ? '' : duration(Math.floor(ms / 100) * 100)}
    </span>
  );
}

interface OutcomeProps {
  readonly experiment: Experiment;
  readonly finding: Finding;
  readonly predicted: string;
}

function Outcome({ experiment, finding: { came, checks, why }, predicted }: OutcomeProps) {
  const areAllHeld = checks.every(({ holds }) => holds);
  const happened = experiment.choices.find(({ id }) => id === came)?.text;
  return (
    <div class="outcome">
      {!areAllHeld || happened === undefined ? (
        <p class="verdict" data-tone="bad">
          What was measured is not what the log promises: see ✗ below. On a very busy machine the times may be off: run it once more.
        </p>
      ) : came === predicted ? (
        <p class="verdict">
          <span data-tone="good">As you expected.</span> {happened}
        </p>
      ) : (
        <p class="verdict">
          <span data-tone="warn">Not as you expected.</span> {happened}
        </p>
      )}
      <h4>Measured</h4>
      <ul class="checks">
        {checks.map(({ claim, holds }) => (
          <li key={claim} data-holds={holds}>
            <span aria-hidden="true">{holds ? '✓' : '✗'}</span>
            <span>
              {!holds && <span class="visually-hidden">Not as promised: </span>}
              {claim}
            </span>
          </li>
        ))}
      </ul>
      {areAllHeld && happened !== undefined && (
        <>
          <h4>Why</h4>
          {why.map((sentence) => (
            <p key={sentence}>{sentence}</p>
          ))}
        </>
      )}
    </div>
  );
}
