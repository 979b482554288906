/** Shows a page in the browser of this machine, as far as it has one. */

import { spawn } from 'node:child_process';

/** How long a program may take to say that it cannot. */
const answerWithinMs = 3000;

/** @param hasDisplay - whether there is something that a browser could draw on, as far as the environment says */
export async function openPage(url: string, hasDisplay: boolean): Promise<boolean> {
  const [program, ...args] = openerOf(process.platform);
  if (program === undefined || (process.platform === 'linux' && !hasDisplay)) return false;
  const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
  child.unref();
  return new Promise((resolve) => {
    // Some stay for as long as the browser does.
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
