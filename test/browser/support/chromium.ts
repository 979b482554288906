/** Where the browser for tests is: Debian's, or another that is installed. None is ever downloaded. */

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

/** `CHROMIUM_PATH` wins. @returns `undefined` where none is installed */
export function chromiumPath(): string | undefined {
  const { CHROMIUM_PATH: chosen = '', PATH = '' } = process.env;
  if (chosen !== '') return chosen;
  const paths = names.flatMap((name) =>
    PATH.split(delimiter)
      .filter((folder) => folder !== '')
      .map((folder) => join(folder, name)),
  );
  return paths.find(isExecutable);
}

/** What a test that is left out says. */
export const noChromium = 'chromium is not installed: apt-get install chromium';

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
