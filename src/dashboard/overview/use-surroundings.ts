/** What components must know of where they stand: their width, and whether motion is wanted. */

import { useLayoutEffect, useState } from 'preact/hooks';
import type { RefObject } from 'preact';

export function useWidth(ref: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const measure = (): void => setWidth(Math.floor(element.clientWidth));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return width;
}

/** Whether people asked their system for less motion. */
export function useStillness(): boolean {
  const [isStill, setIsStill] = useState(() => matchMedia(query).matches);
  useLayoutEffect(() => {
    const media = matchMedia(query);
    const follow = (): void => setIsStill(media.matches);
    media.addEventListener('change', follow);
    return () => media.removeEventListener('change', follow);
  }, []);
  return isStill;
}

const query = '(prefers-reduced-motion: reduce)';
