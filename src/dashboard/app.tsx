/** The frame of the page: how the cluster is, in a sentence, and the views as tabs. */

import { useEffect, useState } from 'preact/hooks';
import { timeText } from './data/clock.ts';
import { summary } from './data/summary.ts';
import { useAnnouncement } from './data/use-announcement.ts';
import { useCluster, useWhatHappened } from './data/use-cluster.ts';
import type { ClusterView } from './data/types.ts';
import { Tabs } from './tabs.tsx';
import { ForgetToken, TokenPrompt, useAsked } from './token-prompt.tsx';
import { Turning } from './turning.tsx';
import { applyTheme, storedTheme, storeTheme } from './theme.ts';
import type { Theme } from './theme.ts';
import { views } from './views.ts';
import iconUrl from './icon.svg';

export function App() {
  const view = useCluster();
  const asked = useAsked();
  const shown = views.filter((each) => each.needsLab !== true || view.hasLab);
  return (
    <div class="page" data-old={view.connection === 'lost' || undefined}>
      <header class="masthead">
        <h1>
          <img src={iconUrl} alt="" />
          Replicated Log
        </h1>
        {asked === undefined ? <Sentence view={view} /> : <TokenPrompt asked={asked} />}
        <div class="tools small">
          <Connection view={view} />
          <ForgetToken />
          <ThemeChoice />
        </div>
      </header>
      <Turning view={view} />
      <Tabs views={shown} />
    </div>
  );
}

/** How the cluster is. What is new of it is read aloud, all but the count, which changes with every entry. */
function Sentence({ view }: { readonly view: ClusterView }) {
  const { lostAt } = useWhatHappened();
  const { tone, text, rest, count, pieces } = summary(view, lostAt);
  const news = useAnnouncement(pieces);
  return (
    <div class="sentence" data-tone={tone}>
      <p>
        {text}
        {rest !== undefined && (
          <>
            . <span class="sentence-rest soft">{rest}</span>
          </>
        )}
        {count !== undefined && <span class={rest === undefined ? 'soft' : 'sentence-rest soft'}>; {count}</span>}
      </p>
      <p class="visually-hidden" role="status">
        {news}
      </p>
    </div>
  );
}

/** Whether what is shown is live, and from which node; on narrow screens only the first. */
function Connection({ view: { connection, heardAt, self, nodes } }: { readonly view: ClusterView }) {
  const server = nodes.find(({ id }) => id === self);
  const words = { connecting: 'connecting…', open: 'live', lost: 'no contact' };
  const more = {
    connecting: '',
    open: server === undefined ? '' : ` from ${server.name}`,
    lost: heardAt === undefined ? '' : ` since ${timeText(heardAt)}`,
  };
  return (
    <span class="connection" data-connection={connection} title={connection === 'open' ? self : undefined}>
      <span>
        {words[connection]}
        <span class="connection-more">{more[connection]}</span>
      </span>
    </span>
  );
}

function ThemeChoice() {
  const [theme, setTheme] = useState<Theme>(storedTheme);
  useEffect(() => applyTheme(theme), [theme]);
  return (
    <label>
      <span class="soft">Colours</span>
      <select
        value={theme}
        onChange={(event) => {
          const chosen = event.currentTarget.value as Theme;
          storeTheme(chosen);
          setTheme(chosen);
        }}
      >
        <option value="system">system</option>
        <option value="light">light</option>
        <option value="dark">dark</option>
      </select>
    </label>
  );
}
