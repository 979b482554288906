/** Where this package lies. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Whether this is run from `src`, and not from what was built of it. */
export const isSource = import.meta.url.endsWith('.ts');

/** The folder with our `package.json`. Modules that were put into one file have no places of their own to start from. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder);
    if (above === folder) throw new Error(`no package.json above ${import.meta.url}`);
    folder = above;
  }
  return folder;
}
