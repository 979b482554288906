/** Draws a component again and again, for what changes with time alone. */

import { useCallback, useEffect, useState } from 'preact/hooks';

/** @returns what draws the component again */
export function useRedraw(): () => void {
  const [, setCount] = useState(0);
  return useCallback(() => setCount((count) => count + 1), []);
}

/** @param everyMs - `undefined` while nothing can change */
export function useTicks(everyMs: number | undefined): void {
  const redraw = useRedraw();
  useEffect(() => {
    if (everyMs === undefined) return;
    const timer = setInterval(redraw, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
}
