/** Asks for a token where the nodes want one, and lets it be forgotten. */

import { useState } from 'preact/hooks';
import { sessionToken } from './data/session-token.ts';
import type { Asked } from './data/session-token.ts';
import { useStore } from './data/use-store.ts';

const words: Readonly<Record<Asked, string>> = {
  'none-given': 'This log asks for a token.',
  'not-valid': 'This log does not know that token.',
  'may-not-read': 'That token may not read. This page needs one with the scope read, and append as well to write.',
};

/** `undefined` while the nodes take what the page shows them. */
export function useAsked(): Asked | undefined {
  const token = sessionToken();
  return useStore(token, () => token.asked);
}

export function TokenPrompt({ asked }: { readonly asked: Asked }) {
  const [text, setText] = useState('');
  const use = (event: Event): void => {
    event.preventDefault();
    sessionToken().use(text);
    setText('');
  };
  return (
    <form class="token-prompt" onSubmit={use}>
      <p role="status">{words[asked]}</p>
      <label>
        <span>Token</span>
        <input
          type="password"
          name="token"
          autocomplete="off"
          spellcheck={false}
          required
          pattern="[!-~]+"
          title="one word, without spaces"
          value={text}
          onInput={(event) => setText(event.currentTarget.value.trim())}
        />
      </label>
      <button type="submit">Use it</button>
      <p class="soft small">It is kept in this tab, until the tab is closed, and sent to this server only.</p>
    </form>
  );
}

/** For who shares a machine. */
export function ForgetToken() {
  const token = sessionToken();
  const hasOne = useStore(token, () => token.current !== undefined);
  if (!hasOne) return null;
  return (
    <button type="button" onClick={() => token.forget()}>
      Forget the token
    </button>
  );
}
