/** Copies a text, and says that it did or could not. */

import { useEffect, useState } from 'preact/hooks';

const sayMs = 2000;

export function CopyButton({ text }: { readonly text: string }) {
  const [said, setSaid] = useState<string>();
  useEffect(() => {
    if (said === undefined) return;
    const timer = setTimeout(() => setSaid(undefined), sayMs);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async (): Promise<void> => {
    try {
      await copyText(text);
      setSaid('Copied');
    } catch {
      setSaid('This browser did not allow it');
    }
  };
  return (
    <>
      <button type="button" class="compact" onClick={() => void copy()}>
        Copy JSON
      </button>
      <span role="status" class="small soft">
        {said}
      </span>
    </>
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
