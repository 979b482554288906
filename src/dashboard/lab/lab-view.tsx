/** The lab: the picture with what can be done to the nodes, experiments that do it with a question, and what became of each append. */

import './lab.css';
import { useState } from 'preact/hooks';
import { useLabNodes } from '../controls/use-lab-nodes.ts';
import { Appends } from '../overview/appends.tsx';
import { Picture } from '../overview/picture.tsx';
import { Ballot, useAskedFor } from './ballot.tsx';
import { ExperimentPanel } from './experiment-panel.tsx';
import { experimentsFor } from './experiments/experiments.ts';
import { session, useSession } from './use-session.ts';

export function LabView() {
  const asked = useAskedFor();
  return asked === undefined ? <Lab /> : <Ballot experimentId={asked} />;
}

function Lab() {
  const current = useSession();
  const { nodes } = useLabNodes(true);
  const offered = nodes === undefined ? [] : experimentsFor(nodes);
  const [chosenId, setChosenId] = useState(session.current?.experiment.id);
  const isRunning = current !== undefined && current.result === undefined;
  const chosen = isRunning ? current.experiment : (offered.find(({ id }) => id === chosenId) ?? offered[0]);
  return (
    <div class="lab">
      <Picture />
      <section class="panel experiments" aria-labelledby="experiments-title">
        <div class="panel-head">
          <h2 id="experiments-title">Experiments</h2>
          <p class="soft small">
            Predict the result, then see what is measured on the real nodes. Each begins with all nodes well, and gives them back as they
            were.
          </p>
        </div>
        <div class="experiments-body">
          <ol class="experiment-list">
            {offered.map(({ id, title }, index) => (
              <li key={id}>
                <button
                  type="button"
                  aria-pressed={chosen?.id === id}
                  disabled={isRunning && chosen?.id !== id}
                  onClick={() => setChosenId(id)}
                >
                  <span class="soft">{index + 1}</span> {title}
                </button>
              </li>
            ))}
          </ol>
          {nodes !== undefined && offered.length === 0 && <p class="soft">The experiments need three nodes: start without --nodes.</p>}
          {chosen !== undefined && (
            <ExperimentPanel key={chosen.id} experiment={chosen} session={current?.experiment.id === chosen.id ? current : undefined} />
          )}
        </div>
      </section>
      <Appends />
    </div>
  );
}
