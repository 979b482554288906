/** Copies a text, and says so if the browser does not allow it. */

import { useEffect, useState } from 'preact/hooks';

const saidForMs = 4000;

export interface CopyButtonProps {
  readonly label: string;
  /** Made when it is asked for. */
  readonly text: string | (() => string);
}

export function CopyButton({ label, text }: CopyButtonProps) {
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (said === '') return;
    const timer = setTimeout(() => setSaid(''), saidForMs);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async (): Promise<void> => {
    try {
      await copyText(typeof text === 'string' ? text : text());
      setSaid('Copied');
    } catch {
      setSaid('This browser does not allow it');
    }
  };
  return (
    <span class="copy">
      <button type="button" class="compact" onClick={() => void copy()}>
        {label}
      </button>
      <span role="status" class="small soft">
        {said}
      </span>
    </span>
  );
}

/** @throws if the browser does not allow it */
async function copyText(text: string): Promise<void> {
  // Only pages from this machine or over TLS have a clipboard; others have the old way.
  if (isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'visually-hidden';
  document.body.append(area);
  area.select();
  const isDone = document.execCommand('copy');
  area.remove();
  if (!isDone) throw new Error('not allowed');
}
