/** What is read aloud of how the cluster is, once it has stayed so for a moment: what passes at once is no news. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { Announcer } from './announcer.ts';

/** An election takes about half as long. */
const settledAfterMs = 1000;

/** @param pieces - of a summary */
export function useAnnouncement(pieces: readonly string[]): string {
  const announcer = useRef(new Announcer()).current;
  const [said, setSaid] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => {
      const news = announcer.next(pieces);
      if (news !== undefined) setSaid(news);
    }, settledAfterMs);
    return () => clearTimeout(timer);
    // The text stands for its pieces.
  }, [pieces.join()]);
  return said;
}
