/** What a store holds, for components: drawn again when it is another value. */

import { useEffect, useState } from 'preact/hooks';
import type { Watchable } from './watchers.ts';

/** @param read - gives the same value until something changed */
export function useStore<T>(store: Watchable, read: () => T): T {
  const [value, setValue] = useState(read);
  useEffect(() => {
    const show = (): void => setValue(read);
    // Something may have changed since the first drawing.
    show();
    return store.subscribe(show);
  }, [store]);
  return value;
}
