/** When the node that serves this page is not heard any more, the page turns to another node that answers. */

import { useEffect, useState } from 'preact/hooks';
import { othersOf, whoAnswers } from './data/other-node.ts';
import type { NodeAddress } from '../api/health.ts';
import type { ClusterView } from './data/types.ts';

const probeEveryMs = 1000;
/** Time to read what happens, and to stay. */
const leaveAfterMs = 4000;

export function Turning({ view }: { readonly view: ClusterView }) {
  const isLost = view.connection === 'lost';
  const [other, setOther] = useState<NodeAddress>();
  const [isStaying, setIsStaying] = useState(false);
  const others = othersOf(view);
  const addresses = others.map(({ url }) => url).join();

  useEffect(() => {
    if (!isLost) {
      setOther(undefined);
      setIsStaying(false);
      return;
    }
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const probe = async (): Promise<void> => {
      const found = await whoAnswers(others);
      if (isOver) return;
      setOther(found);
      timer = setTimeout(() => void probe(), probeEveryMs);
    };
    void probe();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
    // The addresses stand for the nodes.
  }, [isLost, addresses]);

  useEffect(() => {
    if (other === undefined || isStaying) return;
    const timer = setTimeout(() => {
      if (!isTyping()) location.assign(pageOf(other));
    }, leaveAfterMs);
    return () => clearTimeout(timer);
  }, [other?.url, isStaying]);

  if (!isLost || other === undefined) return null;
  return (
    <p class="turning" role="status">
      {isStaying ? `${other.id} answers: ` : `${other.id} answers. Going there in a moment: `}
      <a href={pageOf(other)}>{`the page of ${other.id}`}</a>
      {!isStaying && (
        <button type="button" onClick={() => setIsStaying(true)}>
          Stay here
        </button>
      )}
    </p>
  );
}

/** The same view of it. */
function pageOf({ url }: NodeAddress): string {
  return `${new URL(`${url}/`).href}${location.hash}`;
}

/** Nobody's half-written message is thrown away. */
function isTyping(): boolean {
  const { activeElement } = document;
  return (activeElement instanceof HTMLInputElement || activeElement instanceof HTMLTextAreaElement) && activeElement.value !== '';
}
