/** How large an element is, and its letters are, now and when it changes. */

import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';

/** In px, of the page's own letters, where nobody asked for others. */
const usualRemPx = 15;

export interface Size {
  readonly width: number;
  readonly height: number;
  /** How much larger letters are than usual: people may ask their browser for large ones. */
  readonly letterScale: number;
}

export function useSize(ref: RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0, letterScale: 1 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const measure = (): void => setSize({ width: element.clientWidth, height: element.clientHeight, letterScale: letterScale() });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return size;
}

function letterScale(): number {
  const remPx = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return remPx > 0 ? remPx / usualRemPx : 1;
}
