/** What one of a class sees: the question, the choices, and that the answer is counted. */

import { useEffect, useState } from 'preact/hooks';
import { useLabNodes } from '../controls/use-lab-nodes.ts';
import { count } from '../data/numbers.ts';
import { experimentOf } from './ballot-link.ts';
import { Choices } from './choices.tsx';
import { experimentsFor } from './experiments/experiments.ts';
import type { Experiment } from './experiments/experiment.ts';
import { sendPrediction } from './prediction-api.ts';
import { voterOfThisBrowser } from './voter.ts';
import { reasonOf } from '../data/reason.ts';

/** The experiment that the address asks about, if it does. */
export function useAskedFor(): string | undefined {
  const [asked, setAsked] = useState(() => experimentOf(location.hash));
  useEffect(() => {
    const follow = (): void => setAsked(experimentOf(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return asked;
}

export function Ballot({ experimentId }: { readonly experimentId: string }) {
  const { nodes, failure } = useLabNodes(true);
  if (nodes === undefined) return <p>{failure === undefined ? 'Asking the lab…' : `The lab does not answer: ${failure}`}</p>;
  const offer = experimentsFor(nodes).find(({ id }) => id === experimentId);
  if (offer === undefined) return <p>This lab has no experiment “{experimentId}”.</p>;
  const { title, experiment, reason } = offer;
  if (experiment === undefined) return <p>{`“${title}” cannot be done in this lab. ${reason ?? ''}`}</p>;
  return <Question experiment={experiment} />;
}

function Question({ experiment }: { readonly experiment: Experiment }) {
  const [chosen, setChosen] = useState<string>();
  const [said, setSaid] = useState('');
  const send = async (): Promise<void> => {
    if (chosen === undefined) return;
    try {
      const { counts } = await sendPrediction(experiment.id, { voter: voterOfThisBrowser(), choice: chosen });
      const all = Object.values(counts).reduce((sum, each) => sum + each, 0);
      setSaid(`Your answer is counted. ${count(all)} ${all === 1 ? 'answer' : 'answers'} so far. You can change yours.`);
    } catch (error) {
      setSaid(`Your answer is not counted: ${reasonOf(error)}`);
    }
  };
  return (
    <section class="panel ballot" aria-labelledby="ballot-title">
      <h2 id="ballot-title">{experiment.title}</h2>
      <p>{experiment.setting}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <Choices experiment={experiment} chosen={chosen} onChoice={setChosen} />
        <div class="experiment-buttons">
          <button type="submit" class="primary" disabled={chosen === undefined}>
            Send my answer
          </button>
          <span role="status">{said}</span>
        </div>
      </form>
      <p class="small">
        <a href="#lab">To the lab</a>
      </p>
    </section>
  );
}
