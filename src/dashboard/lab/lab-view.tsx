/** The lab: the picture with what can be done to the nodes, experiments that do it with a question, and what became of each append. */

import './lab.css';
import { useState } from 'preact/hooks';
import { Appends } from '../overview/appends.tsx';
import { Picture } from '../overview/picture.tsx';
import { ExperimentPanel } from './experiment-panel.tsx';
import { experiments } from './experiments/experiments.ts';
import { session, useSession } from './use-session.ts';

export function LabView() {
  const current = useSession();
  const [chosenId, setChosenId] = useState(session.current?.experiment.id ?? experiments[0]?.id);
  const isRunning = current !== undefined && current.result === undefined;
  const chosen = isRunning ? current.experiment : experiments.find(({ id }) => id === chosenId);
  return (
    <div class="lab">
      <Picture />
      <section class="panel experiments" aria-labelledby="experiments-title">
        <div class="panel-head">
          <h2 id="experiments-title">Experiments</h2>
          <p class="soft small">Say what you expect; see what is measured. Each begins with all nodes well, and puts everything back.</p>
        </div>
        <div class="experiments-body">
          <ol class="experiment-list">
            {experiments.map(({ id, title }, index) => (
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
          {chosen !== undefined && (
            <ExperimentPanel key={chosen.id} experiment={chosen} session={current?.experiment.id === chosen.id ? current : undefined} />
          )}
        </div>
      </section>
      <Appends />
    </div>
  );
}
