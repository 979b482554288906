/** Reads keys from the terminal, or from a pipe. */

const escape = 0x1b;
const controlC = '\u0003';

/**
 * Resolves when the user ends it: at q, Ctrl-C or a signal, or when `onGone` says that nobody reads our output.
 * @param pressed - called with every other key
 */
export function untilToldToEnd(pressed: (key: string) => void, onGone: (end: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const { stdin } = process;
    const isTerminal = stdin.isTTY;
    let isTold = false;
    const end = (): void => {
      if (isTold) return;
      isTold = true;
      resolve();
      if (isTerminal) stdin.setRawMode(false);
      stdin.destroy();
    };
    // A terminal that was closed can no longer be read or set.
    stdin.on('error', end);
    onGone(end);
    // `on`, not `once`: a second signal, as when a terminal is closed, would otherwise leave the nodes behind.
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end);
    if (isTerminal) stdin.setRawMode(true);
    stdin.on('data', (bytes: Buffer) => {
      // Function keys and arrows send several bytes that begin with Esc.
      if (isTerminal && bytes[0] === escape && bytes.length > 1) return;
      for (const key of bytes.toString('latin1')) {
        if (key === 'q' || key === controlC) end();
        else pressed(key);
      }
    });
  });
}
