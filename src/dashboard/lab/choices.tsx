/** The question of an experiment, and what may be expected of it: one is chosen. */

import type { Experiment } from './experiments/experiment.ts';

interface ChoicesProps {
  readonly experiment: Experiment;
  readonly chosen: string | undefined;
  readonly onChoice: (id: string) => void;
}

export function Choices({ experiment: { question, choices }, chosen, onChoice }: ChoicesProps) {
  return (
    <fieldset class="prediction">
      <legend>{question}</legend>
      {choices.map(({ id, text }) => (
        <label key={id}>
          <input type="radio" name="prediction" value={id} checked={chosen === id} onChange={() => onChoice(id)} />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}
