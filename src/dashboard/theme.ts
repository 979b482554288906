/** Light, dark, or as the system has it. The choice is kept in this browser. */

export type Theme = 'system' | 'light' | 'dark';

const key = 'rlog-theme';

export function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(key);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    // A browser that keeps nothing for this page: as the system has it.
    return 'system';
  }
}

export function storeTheme(theme: Theme): void {
  try {
    if (theme === 'system') localStorage.removeItem(key);
    else localStorage.setItem(key, theme);
  } catch {
    // Then it lasts until the page is closed.
  }
}

/** Every colour is written as `light-dark(…)`, so one property decides. Canvases are told by `themechange`. */
export function applyTheme(theme: Theme): void {
  const { dataset } = document.documentElement;
  if (theme === 'system') delete dataset['theme'];
  else dataset['theme'] = theme;
  document.dispatchEvent(new Event('themechange'));
}
