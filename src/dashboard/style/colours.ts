/** Colours of the tokens for canvases, which need them spelled out. */

/** One accent per node, by its place in the list; after the ninth they begin again. */
const nodeColourCount = 9;

/** For an attribute `data-node`: inside it, `var(--node)` is the node's accent and `var(--node-soft)` its background. */
export function nodeSlot(index: number): number {
  return index % nodeColourCount;
}

/** A token as it is now, light or dark, like `rgb(12, 90, 180)`. Ask again at `themechange` and when the system's scheme changes. */
export function colourOf(token: `--${string}`): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${token})`;
  probe.hidden = true;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** Told when colours may have changed. @returns what ends it */
export function onColours(listener: () => void): () => void {
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  document.addEventListener('themechange', listener);
  scheme.addEventListener('change', listener);
  return () => {
    document.removeEventListener('themechange', listener);
    scheme.removeEventListener('change', listener);
  };
}
