/** Opens a page in the browser of this machine, if it has one. */

import { spawn } from 'node:child_process';

/** How long the program that opens it may take to report a failure. */
const answerWithinMs = 3000;

/** @param hasDisplay - whether the environment names a display */
export async function openPage(url: string, hasDisplay: boolean): Promise<boolean> {
  const [program, ...args] = openerOf(process.platform);
  if (program === undefined || (process.platform === 'linux' && !hasDisplay)) return false;
  const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
  child.unref();
  return new Promise((resolve) => {
    // Some of these programs run as long as the browser.
    const timer = setTimeout(() => resolve(true), answerWithinMs);
    const answer = (isOpen: boolean): void => {
      clearTimeout(timer);
      resolve(isOpen);
    };
    child.once('error', () => answer(false));
    child.once('exit', (code) => answer(code === 0));
  });
}

function openerOf(platform: NodeJS.Platform): string[] {
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['cmd', '/c', 'start', ''];
  return ['xdg-open'];
}
