/** Tabs as the ARIA practices have them: arrows, Home and End move, and the view's name stands in the address. */

import { useEffect, useState } from 'preact/hooks';
import type { View } from './views.ts';

export function Tabs({ views }: { readonly views: readonly View[] }) {
  const [wanted, setWanted] = useState(hashName);
  useEffect(() => {
    const follow = (): void => setWanted(hashName());
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  const selected = views.find((view) => view.id === wanted) ?? views[0];
  if (selected === undefined) return null;

  const go = (step: number | 'first' | 'last'): void => {
    const at = views.indexOf(selected);
    const next = step === 'first' ? 0 : step === 'last' ? views.length - 1 : (at + step + views.length) % views.length;
    const view = views[next];
    if (view === undefined) return;
    location.hash = view.id;
    document.getElementById(`tab-${view.id}`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, number | 'first' | 'last'>> = { ArrowLeft: -1, ArrowRight: 1, Home: 'first', End: 'last' };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    go(step);
  };
  const { Content } = selected;
  return (
    <main>
      <div class="tabs" role="tablist" aria-label="Views" onKeyDown={onKeyDown}>
        {views.map(({ id, label }) => (
          <button
            key={id}
            id={`tab-${id}`}
            type="button"
            role="tab"
            aria-selected={id === selected.id}
            aria-controls="view"
            tabIndex={id === selected.id ? 0 : -1}
            onClick={() => (location.hash = id)}
          >
            {label}
          </button>
        ))}
      </div>
      <div id="view" role="tabpanel" aria-labelledby={`tab-${selected.id}`}>
        <Content />
      </div>
    </main>
  );
}

function hashName(): string {
  return location.hash.slice(1);
}
