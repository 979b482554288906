/** Appends a message, as the writer chooses. */

import { useState } from 'preact/hooks';
import { useCluster } from '../data/use-cluster.ts';
import type { WriteConcern } from '../../api/entries.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { curlText } from './curl-text.ts';
import { messageOf } from './message-text.ts';
import type { AppendOrder } from './append-tracker.ts';
import { appends } from './use-appends.ts';

type Choice = '1' | 'majority' | 'all' | 'number';
type Amount = '1' | '10' | '100' | 'batch of 10' | 'batch of 100';

export function Write() {
  const { nodes, leader } = useCluster();
  const [text, setText] = useState('Hello');
  const [chosen, setChosen] = useState<Choice>();
  const [number, setNumber] = useState(2);
  const [through, setThrough] = useState('');
  const [timeoutSeconds, setTimeoutSeconds] = useState(20);
  const [amount, setAmount] = useState<Amount>('1');

  // As the nodes have it for appends that do not say: the page should not wait for a node that is down by surprise.
  const isElected = nodes.some(({ health }) => (health?.election ?? null) !== null);
  const choice = chosen ?? (isElected ? 'majority' : 'all');
  const node = nodes.find(({ id }) => id === through) ?? leader ?? nodes[0];
  const w: WriteConcern = choice === 'number' ? number : choice === '1' ? 1 : choice;
  const timeoutMs = Math.round(timeoutSeconds * 1000);
  const curl = node && curlText(node.url, { json: messageOf(text).json, w, timeoutMs });
  const send = (): void => {
    if (node !== undefined) appends.order(ordersOf(text, amount, { w, timeoutMs, nodeId: node.id }));
  };
  return (
    <section class="panel write-panel" aria-labelledby="write-title">
      <h2 id="write-title">Write</h2>
      <form
        class="write"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <div class="field">
          <label for="message">Message</label>
          <textarea
            id="message"
            rows={2}
            value={text}
            aria-describedby="message-kind"
            spellcheck={false}
            onInput={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
              event.preventDefault();
              event.currentTarget.form?.requestSubmit();
            }}
          />
          <p id="message-kind" class="small soft">
            {kindText(text)}
          </p>
        </div>
        <WriteConcern choice={choice} number={number} onChoice={setChosen} onNumber={setNumber} />
        <div class="fields">
          <div class="field">
            <label for="through">Send to</label>
            <select id="through" value={through} onChange={(event) => setThrough(event.currentTarget.value)}>
              <option value="">the leader{leader === undefined ? '' : ` (${leader.name})`}</option>
              {nodes.map(({ id, name }) => (
                <option key={id} value={id} title={id}>
                  {name}
                </option>
              ))}
            </select>
          </div>
          <div class="field">
            <label for="timeout">Timeout (s)</label>
            <input
              id="timeout"
              type="number"
              min={0.1}
              max={600}
              step={0.1}
              required
              value={timeoutSeconds}
              onInput={({ currentTarget: { valueAsNumber } }) => {
                if (!Number.isNaN(valueAsNumber)) setTimeoutSeconds(valueAsNumber);
              }}
            />
          </div>
        </div>
        <div class="fields send">
          <div class="field">
            <label for="amount">How many</label>
            <select id="amount" value={amount} onChange={(event) => setAmount(event.currentTarget.value as Amount)}>
              <option value="1">1</option>
              <option value="10">10, one by one</option>
              <option value="batch of 10">10 as one batch</option>
              <option value="100">100, one by one</option>
              <option value="batch of 100">100 as one batch</option>
            </select>
          </div>
          <button type="submit" class="primary" disabled={node === undefined}>
            Append
          </button>
        </div>
      </form>
      {curl !== undefined && (
        <div class="by-hand small">
          <p class="by-hand-head">
            <span class="soft" id="by-hand">
              As curl
            </span>
            <CopyButton label="Copy" text={curl} />
          </p>
          <pre tabIndex={0} aria-labelledby="by-hand" role="region">
            {curl}
          </pre>
        </div>
      )}
    </section>
  );
}

interface WriteConcernProps {
  readonly choice: Choice;
  readonly number: number;
  readonly onChoice: (choice: Choice) => void;
  readonly onNumber: (number: number) => void;
}

const concerns: readonly { readonly choice: Choice; readonly label: string }[] = [
  { choice: '1', label: '1' },
  { choice: 'majority', label: 'majority' },
  { choice: 'all', label: 'all' },
  { choice: 'number', label: 'number' },
];

function WriteConcern({ choice, number, onChoice, onNumber }: WriteConcernProps) {
  return (
    <fieldset class="concern">
      <legend>Wait until it is on (w)</legend>
      {concerns.map((each) => (
        <label key={each.choice}>
          <input type="radio" name="w" value={each.choice} checked={choice === each.choice} onChange={() => onChoice(each.choice)} />
          <span>{each.label}</span>
        </label>
      ))}
      {choice === 'number' && (
        <input
          type="number"
          min={1}
          max={99}
          step={1}
          required
          value={number}
          aria-label="How many nodes"
          onInput={({ currentTarget: { valueAsNumber } }) => {
            // Nothing typed is no choice: the form is not sent then.
            if (!Number.isNaN(valueAsNumber)) onNumber(valueAsNumber);
          }}
        />
      )}
    </fieldset>
  );
}

function kindText(text: string): string {
  const { isJson, kind } = messageOf(text);
  const what = text === '' ? 'An empty string' : isJson ? `JSON: ${kind}` : 'Will be sent as a text string';
  return `${what}. Ctrl + Enter appends.`;
}

/** Strings of a burst are numbered, so that they can be told apart. */
function ordersOf(text: string, amount: Amount, rest: Omit<AppendOrder, 'messages'>): AppendOrder[] {
  const isBatch = amount.startsWith('batch');
  const howMany = Number(amount.replace('batch of ', ''));
  const { json, isJson } = messageOf(text);
  const messages = Array.from({ length: howMany }, (_, index) => (howMany === 1 || isJson ? json : JSON.stringify(`${text} ${index + 1}`)));
  return isBatch ? [{ ...rest, messages }] : messages.map((message) => ({ ...rest, messages: [message] }));
}
