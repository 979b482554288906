/** The lab: the picture with what can be done to the nodes, experiments that do it with a question, and what became of each append. */

import './lab.css';
import { useMemo, useState } from 'preact/hooks';
import { useLabNodes } from '../controls/use-lab-nodes.ts';
import { Appends } from '../overview/appends.tsx';
import { Picture } from '../overview/picture.tsx';
import { Ballot, useAskedFor } from './ballot.tsx';
import { ExperimentPanel } from './experiment-panel.tsx';
import { experimentsFor } from './experiments/experiments.ts';
import type { Offer } from './experiments/experiments.ts';
import { session, useSession } from './use-session.ts';

export function LabView() {
  const asked = useAskedFor();
  return asked === undefined ? <Lab /> : <Ballot experimentId={asked} />;
}

function Lab() {
  const current = useSession();
  const { nodes } = useLabNodes(true);
  const cast = nodes?.map(({ id, kind }) => `${kind} ${id}`).join();
  // How the nodes stand is asked for each second; who they are stays.
  const offered = useMemo(() => (nodes === undefined ? [] : experimentsFor(nodes)), [cast]);
  const [chosenId, setChosenId] = useState(session.current?.experiment.id);
  const isRunning = current !== undefined && current.result === undefined;
  const possible = offered.flatMap(({ experiment }) => experiment ?? []);
  const chosen = isRunning ? current.experiment : (possible.find(({ id }) => id === chosenId) ?? possible[0]);
  return (
    <div class="lab">
      <Picture />
      <section class="panel experiments" aria-labelledby="experiments-title">
        <div class="panel-head">
          <h2 id="experiments-title">Experiments</h2>
          <p class="soft small">
            Predict the result, then see what is measured on the real nodes. Each experiment starts with all nodes healthy, and leaves them
            as it found them.
          </p>
        </div>
        <div class="experiments-body">
          <ol class="experiment-list">
            {offered.map((offer, index) => (
              <Choice
                key={offer.id}
                offer={offer}
                number={index + 1}
                isChosen={chosen?.id === offer.id}
                isOff={isRunning && chosen?.id !== offer.id}
                onChoice={() => setChosenId(offer.id)}
              />
            ))}
          </ol>
          {chosen !== undefined && (
            <ExperimentPanel key={chosen.id} experiment={chosen} session={current?.experiment.id === chosen.id ? current : undefined} />
          )}
        </div>
      </section>
      <Appends />
    </div>
  );
}

interface ChoiceProps {
  readonly offer: Offer;
  readonly number: number;
  readonly isChosen: boolean;
  readonly isOff: boolean;
  readonly onChoice: () => void;
}

/** What cannot be done with these nodes is named all the same, with the reason. */
function Choice({ offer: { id, title, experiment, reason }, number, isChosen, isOff, onChoice }: ChoiceProps) {
  const reasonId = `reason-${id}`;
  return (
    <li>
      <button
        type="button"
        aria-pressed={isChosen}
        disabled={isOff || experiment === undefined}
        aria-describedby={reason && reasonId}
        onClick={onChoice}
      >
        <span class="soft">{number}</span> {title}
      </button>
      {reason !== undefined && (
        <p id={reasonId} class="soft small experiment-reason">
          {reason}
        </p>
      )}
    </li>
  );
}
