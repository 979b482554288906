/** What one of a class sees: the question, the choices, and that the answer is counted. */

import { useEffect, useState } from 'preact/hooks';
import { count } from '../data/numbers.ts';
import { experimentOf } from './ballot-link.ts';
import { Choices } from './choices.tsx';
import { experiments } from './experiments/experiments.ts';
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
  const experiment = experiments.find(({ id }) => id === experimentId);
  const [chosen, setChosen] = useState<string>();
  const [said, setSaid] = useState('');
  if (experiment === undefined) return <p>There is no experiment “{experimentId}”.</p>;
  const send = async (): Promise<void> => {
    if (chosen === undefined) return;
    try {
      const { counts } = await sendPrediction(experiment.id, { voter: voterOfThisBrowser(), choice: chosen });
      const all = Object.values(counts).reduce((sum, each) => sum + each, 0);
      setSaid(`Your answer is counted. ${count(all)} ${all === 1 ? 'answer' : 'answers'} so far; you may change yours.`);
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
